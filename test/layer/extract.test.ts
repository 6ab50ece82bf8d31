import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { showPath } from '../../src/fs/byte-path.ts';
import { directoryEntries } from '../../src/layer/directory-entries.ts';
import { extractLayers, extractTar } from '../../src/layer/extract.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { listEntries } from '../../src/layer/list-entries.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { directory, file, link, streamOf, tarOf } from './support/hostile-tar.ts';

const ignore = (): void => undefined;

function newDir(): string {
  return temporaryDirectory('extract');
}

function layerOf(entries: readonly TarEntry[]): Layer {
  const tar = tarOf(entries);
  const blob = gzipSync(tar);
  return {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: digestOf(blob),
    diffId: digestOf(tar),
    sizeBytes: blob.length,
    open: async () => streamOf(blob),
  };
}

function names(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted((a, b) => (a < b ? -1 : 1));
}

describe('extractTar()', () => {
  test('gives back the tree that was packed: content, modes, times, links, names of any bytes', async () => {
    const from = newDir();
    const latin1 = Buffer.concat([Buffer.from(`${from}/caf`), Buffer.from([0xe9])]);
    mkdirSync(join(from, 'closed'));
    writeFileSync(join(from, 'closed/file'), 'x', { mode: 0o400 });
    execFileSync('chmod', ['0555', join(from, 'closed')]);
    mkdirSync(latin1);
    writeFileSync(Buffer.concat([latin1, Buffer.from('/ü-\u{1f427}')]), randomBytes(100_000));
    symlinkSync(Buffer.from([0x2f, 0xff]), join(from, 'link'));
    mkdirSync(join(from, 'long/'.repeat(60)), { recursive: true });
    writeFileSync(join(from, 'long/'.repeat(60), 'end'), 'end');
    const pack = (dir: string): Buffer => tarOf(directoryEntries(dir, '/', { uid: 0, gid: 0, report: ignore }));

    const to = newDir();
    await extractTar(streamOf(pack(from), 777), to);
    expect(createHash('sha256').update(pack(to)).digest('hex')).toBe(
      createHash('sha256').update(pack(from)).digest('hex'),
    );
    expect(statSync(join(to, 'closed/file')).mtimeMs).toBe(Date.UTC(1980, 0, 1, 0, 0, 1));
    expect(statSync(join(to, 'closed')).mtimeMs).toBe(Date.UTC(1980, 0, 1, 0, 0, 1));
  });

  test('keeps hard links and lets later entries replace earlier ones', async () => {
    const dir = newDir();
    await extractTar(
      streamOf(
        tarOf([file('a', 'one'), link('hardlink', 'sub/b', 'a'), directory('d'), file('d/x'), file('d', 'now a file')]),
      ),
      dir,
    );
    expect(statSync(join(dir, 'sub/b')).ino).toBe(statSync(join(dir, 'a')).ino);
    expect(readFileSync(join(dir, 'd'), 'utf8')).toBe('now a file');
  });

  test('makes directories that the archive does not name with mode 0755, whatever the umask', async () => {
    const dir = newDir();
    const umask = process.umask(0o077);
    try {
      await extractTar(streamOf(tarOf([file('not/named/file', 'x', 0o666)])), dir);
    } finally {
      process.umask(umask);
    }
    expect(['not', 'not/named', 'not/named/file'].map((path) => statSync(join(dir, path)).mode & 0o777)).toEqual([
      0o755, 0o755, 0o666,
    ]);
  });

  test.runIf(process.geteuid?.() === 0)('gives files their owners when asked', async () => {
    const entry = { ...file('a', 'x', 0o4755), uid: 123, gid: 456 };
    const [asked, not] = [newDir(), newDir()];
    await extractTar(streamOf(tarOf([entry])), asked, { owner: 'archive', setid: 'keep' });
    await extractTar(streamOf(tarOf([entry])), not);
    expect(statSync(join(asked, 'a'))).toMatchObject({ uid: 123, gid: 456, mode: 0o104755 });
    expect(statSync(join(not, 'a'))).toMatchObject({ uid: 0, gid: 0, mode: 0o100755 });
  });

  test.each(['none', 'gzip', 'zstd'] as const)(
    'reads archives with compression %s, in pieces of any size',
    async (compression) => {
      const tar = tarOf([file('a', 'content'.repeat(20_000)), file('b', 'b')]);
      const compress = { none: (bytes: Buffer) => bytes, gzip: gzipMembers, zstd };
      for (const pieceBytes of [1, 100, 1 << 20]) {
        const bytes = compress[compression](pieceBytes === 1 ? tarOf([file('b', 'b')]) : tar);
        const dir = newDir();
        await extractTar(streamOf(bytes, pieceBytes), dir);
        expect(readFileSync(join(dir, 'b'), 'utf8')).toBe('b');
      }
    },
  );

  test('stops when aborted', async () => {
    const controller = new AbortController();
    const tar = tarOf([file('a', 'x'.repeat(100_000))]);
    async function* source(): AsyncGenerator<Buffer> {
      yield tar.subarray(0, 50_000);
      controller.abort(new Error('enough'));
      yield tar.subarray(50_000);
    }
    await expect(extractTar(source(), newDir(), { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('passes on errors of its source', async () => {
    async function* source(): AsyncGenerator<Buffer> {
      yield gzipSync(tarOf([file('a', randomBytes(100_000).toString('hex'))])).subarray(0, 50_000);
      throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
    }
    await expect(extractTar(source(), newDir())).rejects.toThrow('connection lost');
  });
});

describe('extractLayers()', () => {
  test('lays layers over each other and deletes what they mark', async () => {
    const dir = newDir();
    const lower = [
      directory('etc'),
      file('etc/a', 'low'),
      file('etc/b', 'low'),
      directory('opt'),
      file('opt/old'),
      directory('opt/sub'),
      file('opt/sub/old'),
    ];
    const upper = [
      file('etc/.wh.a', ''),
      file('etc/.wh.missing', ''),
      file('etc/b', 'up'),
      file('opt/sub/new', 'up'),
      file('opt/.wh..wh..opq', ''),
      file('opt/.wh.sub', ''),
      file('.wh..wh.plnk', ''),
    ];
    await extractLayers([layerOf(lower), layerOf(upper)], dir);
    expect(names(dir)).toEqual(['etc', 'etc/b', 'opt', 'opt/sub', 'opt/sub/new']);
    expect(readFileSync(join(dir, 'etc/b'), 'utf8')).toBe('up');
  });

  test('follows symlinks of lower layers inside the root', async () => {
    const dir = newDir();
    const lower = [
      directory('usr'),
      directory('usr/bin'),
      link('symlink', 'bin', 'usr/bin'),
      link('symlink', 'sbin', '/usr/bin'),
    ];
    await extractLayers([layerOf(lower), layerOf([file('bin/one'), file('sbin/two')])], dir);
    expect(names(join(dir, 'usr/bin'))).toEqual(['one', 'two']);
    expect(readlinkSync(join(dir, 'bin'))).toBe('usr/bin');
  });

  test('does not bring back the mode of a directory that was deleted and made anew', async () => {
    const dir = newDir();
    const layers = [[directory('d', 0o700)], [file('.wh.d', '')], [file('d/x')]];
    await extractLayers(layers.map(layerOf), dir);
    expect(statSync(join(dir, 'd')).mode & 0o777).toBe(0o755);
  });

  test('refuses a layer that is not what the image says', async () => {
    const layer = { ...layerOf([file('a')]), diffId: digestOf('other') };
    await expect(extractLayers([layer], newDir())).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });
});

/** A tree that needs what the formats differ in. */
function treeForTar(): string {
  const dir = newDir();
  mkdirSync(join(dir, 'd'.repeat(90)));
  writeFileSync(join(dir, 'd'.repeat(90), 'f'.repeat(200)), 'long');
  writeFileSync(join(dir, 'plain'), 'plain');
  linkSync(join(dir, 'plain'), join(dir, 'same'));
  symlinkSync('l'.repeat(150), join(dir, 'link'));
  utimesSync(join(dir, 'plain'), 1000, 2000);
  return dir;
}

describe('listEntries()', () => {
  test.each(['gnu', 'oldgnu', 'pax'])('reads what GNU tar writes as %s', async (format) => {
    const tar = execFileSync('tar', ['--format', format, '--sort=name', '-cf', '-', '-C', treeForTar(), '.']);
    const entries = [];
    for await (const entry of listEntries(async () => Readable.from([tar]))) entries.push(entry);
    const long = `./${'d'.repeat(90)}/${'f'.repeat(200)}`;
    expect(entries.map(({ path, type }) => `${type} ${showPath(path)}`)).toEqual([
      'directory ./',
      `directory ./${'d'.repeat(90)}/`,
      `file ${long}`,
      'symlink ./link',
      'file ./plain',
      'hardlink ./same',
    ]);
    expect(entries[2]).toMatchObject({ sizeBytes: 4, sha256: digestOf('long') });
    expect(entries[3]).toMatchObject({ linkTarget: 'l'.repeat(150) });
    expect(entries[4]).toMatchObject({ mtimeSeconds: 2000 });
    expect(entries[5]).toMatchObject({ linkTarget: './plain' });
  });

  test('refuses sparse files of GNU tar, whose content is packed otherwise', async () => {
    const dir = newDir();
    writeFileSync(join(dir, 'sparse'), 'x');
    truncateSync(join(dir, 'sparse'), 10_000_000);
    const tar = execFileSync('tar', ['--format', 'gnu', '-Scf', '-', '-C', dir, 'sparse']);
    const list = async (): Promise<void> => {
      for await (const entry of listEntries(async () => Readable.from([tar]))) expect(entry.path).toBeUndefined();
    };
    await expect(list()).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  test('reads what zstd has compressed, and refuses it cut short or damaged', async () => {
    // Four files of `seq 1 $((i * 300))`, packed by GNU tar and `zstd -19`.
    const zst = readFileSync(join(import.meta.dirname, 'golden/numbers.tar.zst'));
    const digests = async (bytes: Buffer): Promise<string[]> => {
      const found = [];
      for await (const { sha256 } of listEntries(async () => streamOf(bytes, 100))) found.push(sha256 ?? '');
      return found;
    };
    const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
    expect(await digests(zst)).toEqual(['', ...[300, 600, 900, 1200].map((count) => digestOf(numbers(count)))]);
    await expect(digests(zst.subarray(0, 1500))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    const damaged = Buffer.from(zst);
    damaged.fill(0xff, 1000, 1100);
    await expect(digests(damaged)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  test('gives large ids as records hold them', async () => {
    const tar = tarOf([{ ...file('a', ''), uid: 4_000_000_000, gid: 3_000_000 }]);
    for await (const entry of listEntries(async () => streamOf(tar))) {
      expect(entry).toMatchObject({ uid: 4_000_000_000, gid: 3_000_000 });
    }
    expect.assertions(1);
  });
});

function gzipMembers(bytes: Buffer): Buffer {
  const half = Math.floor(bytes.length / 2);
  return Buffer.concat([gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half))]);
}

/** A frame of uncompressed blocks, which needs no compressor: RFC 8878, section 3.1.1. */
function zstd(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), Buffer.alloc(4)];
  parts[1]!.writeUInt32LE(bytes.length);
  for (let at = 0; at < bytes.length; at += 100_000) {
    const block = bytes.subarray(at, at + 100_000);
    const isLast = at + 100_000 >= bytes.length ? 1 : 0;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | isLast, 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}
