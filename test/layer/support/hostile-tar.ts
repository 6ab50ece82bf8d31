import { Readable } from 'node:stream';
import { contentEntry, type TarEntry } from '../../../src/layer/tar-entry.ts';
import { tarBytes } from '../../../src/layer/tar-writer.ts';

const owner = { uid: 0, gid: 0 };

export function file(path: string, content = 'hostile', mode = 0o644): TarEntry {
  return contentEntry(path, content, { ...owner, mode });
}

export function directory(path: string, mode = 0o755): TarEntry {
  return { path, type: 'directory', mode, ...owner, sizeBytes: 0 };
}

export function link(type: 'symlink' | 'hardlink', path: string, linkTarget: string): TarEntry {
  return { path, type, mode: 0o777, ...owner, sizeBytes: 0, linkTarget };
}

export function special(type: 'fifo' | 'character-device' | 'block-device', path: string): TarEntry {
  return { path, type, mode: 0o666, ...owner, sizeBytes: 0, deviceMajor: 1, deviceMinor: 3 };
}

export function tarOf(entries: Iterable<TarEntry>): Buffer {
  return Buffer.concat([...tarBytes(entries)]);
}

/** In pieces that cut headers and magic numbers. */
export function streamOf(bytes: Buffer, pieceBytes = 1000): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  return Readable.from(pieces, { objectMode: false });
}
