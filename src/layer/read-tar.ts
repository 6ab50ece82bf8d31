import { once } from 'node:events';
import type { Extract, Header } from 'tar-stream';
import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { bytePath, showPath } from '../fs/byte-path.ts';
import { readPaxBefore } from './pax-records.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';

/** An entry of an archive that somebody else made: everything in it is to be distrusted. */
export interface ReadEntry extends Omit<TarEntry, 'source' | 'mtimeSeconds'> {
  readonly mtimeSeconds: number;
  /** Names of extended attributes. */
  readonly xattrs: readonly string[];
  /** Of a file. Read it whole, or not at all, before asking for the next entry. */
  readonly content: AsyncIterable<Buffer>;
}

/** A header with the records in front of it, and where in the stream its content begins. */
interface FullHeader extends Omit<Header, 'pax'> {
  readonly byteOffset: number;
  readonly pax: Readonly<Record<string, string>>;
}

// Latin-1 keeps the bytes of names; an unknown format is the one from before 1988.
const extractOptions = { highWaterMark: 1 << 18, filenameEncoding: 'latin1', allowUnknownFormat: true };

/**
 * The entries of an uncompressed archive, one by one. The source is read to its very end. Throws ARCHIVE_INVALID for what is no archive, is
 * cut short or has entries of unknown types; errors of the source as they are.
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<ReadEntry> {
  const { default: tar } = await import('tar-stream');
  const extract = tar.extract(extractOptions);
  const recent = new RecentBytes(8 << 20);
  const feeding = feed(source, { extract, recent });
  // Its failure destroys the reader, and is met there.
  feeding.catch(() => undefined);
  try {
    for await (const stream of extract) {
      yield readEntry(asFull(stream.header), chunksOf(stream), recent);
      stream.resume();
    }
  } catch (error) {
    throw asArchiveError(error);
  }
  await feeding;
}

async function* chunksOf(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    throw asArchiveError(error);
  }
}

interface Feed {
  readonly extract: Extract;
  readonly recent: RecentBytes;
}

async function feed(source: AsyncIterable<Buffer>, { extract, recent }: Feed): Promise<void> {
  const closed = once(extract, 'close');
  closed.catch(() => undefined);
  try {
    for await (const chunk of source) {
      if (extract.destroyed) return;
      recent.add(chunk);
      if (!extract.write(chunk)) await Promise.race([once(extract, 'drain'), closed]);
    }
    extract.end(null);
  } catch (error) {
    extract.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** The library throws plain errors about the archive; those of the source have a class or a code. */
function asArchiveError(error: unknown): unknown {
  if (error instanceof TsbuildpackError || (error instanceof Error && 'code' in error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read the archive: ${why}`, { cause: error });
}

function asFull(header: Header & { readonly byteOffset?: number }): FullHeader {
  const pax: unknown = header.pax ?? {};
  const records = Object.entries(Object(pax)).map(([key, value]): [string, string] => [key, String(value)]);
  return { ...header, byteOffset: header.byteOffset ?? 0, pax: Object.fromEntries(records) };
}

function readEntry(header: FullHeader, content: AsyncIterable<Buffer>, recent: RecentBytes): ReadEntry {
  const { path, linkTarget } = names(header, recent);
  const type = entryType(header, path);
  if (type !== 'file' && header.size > 0) throw invalid(path, `a ${type} cannot have content`);
  return {
    path,
    type,
    mode: header.mode & 0o7777,
    uid: number(header, 'uid', header.uid),
    gid: number(header, 'gid', header.gid),
    sizeBytes: header.size,
    mtimeSeconds: number(header, 'mtime', header.mtime.getTime() / 1000),
    ...(linkTarget !== undefined && { linkTarget }),
    ...(isDevice(type) && { deviceMajor: header.devmajor, deviceMinor: header.devminor }),
    xattrs: Object.keys(header.pax)
      .filter((key) => key.startsWith(xattrPrefix))
      .map((key) => key.slice(xattrPrefix.length)),
    content,
  };
}

const xattrPrefix = 'SCHILY.xattr.';

function isDevice(type: TarEntryType): boolean {
  return type === 'character-device' || type === 'block-device';
}

function entryType({ type }: Pick<FullHeader, 'type'>, path: BytePath): TarEntryType {
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return showPath(path).endsWith('/') ? 'directory' : 'file';
    case 'link':
      return 'hardlink';
    case 'symlink':
    case 'directory':
    case 'fifo':
    case 'character-device':
    case 'block-device':
      return type;
    default:
      throw invalid(path, 'its type is unknown');
  }
}

function number({ pax, name }: FullHeader, key: 'uid' | 'gid' | 'mtime', inHeader: number): number {
  const record = pax[key];
  const value = record === undefined ? inHeader : Number(record);
  if (!Number.isFinite(value)) throw invalid(name, `its ${key} is no number`);
  return value;
}

interface Names {
  readonly path: BytePath;
  readonly linkTarget?: BytePath;
}

/** Names in PAX records have been decoded as UTF-8 by the library; where that lost something, the records are read once more. */
function names(header: FullHeader, recent: RecentBytes): Names {
  const { pax } = header;
  const isLossy = [pax['path'], pax['linkpath']].some((text) => text?.includes('\ufffd'));
  const raw = isLossy ? readPaxBefore(recent, header.byteOffset - 512) : undefined;
  if (isLossy && raw === undefined) throw invalid(header.name, 'its name is not UTF-8 and could not be read again');
  const path = nameOf(header.name, { decoded: pax['path'], raw: raw?.get('path') });
  // Null, against its type, where there is none.
  if (!header.linkname) return { path };
  return { path, linkTarget: nameOf(header.linkname, { decoded: pax['linkpath'], raw: raw?.get('linkpath') }) };
}

function nameOf(
  latin1: string,
  pax: { readonly decoded: string | undefined; readonly raw: Buffer | undefined },
): BytePath {
  if (pax.raw !== undefined) return bytePath(pax.raw);
  return pax.decoded || bytePath(Buffer.from(latin1, 'latin1'));
}

function invalid(path: BytePath, why: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read archive entry "${showPath(path).slice(0, 200)}": ${why}`);
}
