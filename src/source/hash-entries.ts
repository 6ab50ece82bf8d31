import { createHash, hash } from 'node:crypto';
import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import { pathBytes, showPath } from '../fs/byte-path.ts';
import type { KeptStamp } from '../fs/file-stamp.ts';
import { listedError, readStamped, sourceChanged } from '../fs/read-stamped.ts';
import { takeTurns, type Turn } from '../fs/take-turns.ts';
import type { ListedEntry } from './list-source.ts';
import { inRoot } from './list-source.ts';
import { pathKey } from './source-memory.ts';

/** Files up to this size are read in one piece. */
export const pieceBytes: number = 1 << 20;

/** sha256 of the content of every file, by path key; those that are known are not read. Throws SOURCE_CHANGED, SOURCE_UNREADABLE. */
export async function hashEntries(
  root: string,
  entries: readonly ListedEntry[],
  known: ReadonlyMap<string, Buffer>,
): Promise<ReadonlyMap<string, Buffer>> {
  const turn = takeTurns();
  const buffer = Buffer.allocUnsafe(pieceBytes);
  const hashes = new Map<string, Buffer>();
  for (const entry of entries) {
    if (entry.type !== 'file') continue;
    const key = pathKey(entry.bytes);
    const isLarge = entry.sizeBytes > pieceBytes;
    hashes.set(
      key,
      known.get(key) ??
        (isLarge ? await hashLargeFile(root, entry, { buffer, turn }) : sha256(readSmallFile(root, entry, buffer))),
    );
    const pause = turn();
    if (pause) await pause;
  }
  return hashes;
}

export interface HashTools {
  /** Of `pieceBytes`. */
  readonly buffer: Buffer;
  readonly turn: Turn;
}

/** sha256 of a file's content, read in pieces. Throws SOURCE_CHANGED, SOURCE_UNREADABLE. */
export async function hashLargeFile(root: string, entry: ListedEntry, { buffer, turn }: HashTools): Promise<Buffer> {
  const path = inRoot(root, entry.bytes);
  const stamp = listedStamp(entry);
  const sum = createHash('sha256');
  for (let offset = 0; offset < entry.sizeBytes; offset += pieceBytes) {
    const part = buffer.subarray(0, Math.min(pieceBytes, entry.sizeBytes - offset));
    readStamped(path, part, { offset, stamp });
    sum.update(part);
    await turn();
  }
  return sum.digest();
}

/** In one call: making and feeding a hash object costs as much as hashing 8 KB. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** The whole content of a file of at most `pieceBytes`, in `buffer`. Throws SOURCE_CHANGED, SOURCE_UNREADABLE. */
export function readSmallFile(root: string, entry: ListedEntry, buffer: Buffer): Buffer {
  const content = buffer.subarray(0, entry.sizeBytes);
  readStamped(inRoot(root, entry.bytes), content, { offset: 0, stamp: listedStamp(entry) });
  return content;
}

/** A change of its mode shows in the change time too. */
function listedStamp({ stat: { size, mtimeMs, ctimeMs, ino } }: ListedEntry): KeptStamp {
  return { sizeBytes: size, mtimeMs, ctimeMs, inode: ino };
}

/** What the file system says about an entry now, if that is what it said when it was listed. Throws SOURCE_CHANGED. */
export function listedStats(root: string, { bytes, stat }: ListedEntry): Stats {
  const path = inRoot(root, bytes);
  let now: Stats;
  try {
    now = lstatSync(path);
  } catch (error) {
    throw listedError(error, path);
  }
  const same =
    now.mode === stat.mode &&
    now.size === stat.size &&
    now.mtimeMs === stat.mtimeMs &&
    now.ctimeMs === stat.ctimeMs &&
    now.ino === stat.ino;
  if (!same) throw sourceChanged(path);
  return now;
}

/** sha256 over path, kind, mode and content of every entry; entries are sorted. Two copies of a tree give the same. */
export function fingerprintOf(entries: readonly ListedEntry[], hashes: ReadonlyMap<string, Buffer>): string {
  const sum = createHash('sha256');
  for (const entry of entries) {
    sum.update(entry.type === 'file' && entry.executable ? 'x' : (entry.type[0] ?? ''));
    sum.update(pathBytes(entry.bytes));
    sum.update('\0');
    if (entry.type === 'symlink') sum.update(pathBytes(entry.linkBytes ?? ''));
    if (entry.type === 'file') sum.update(hashes.get(pathKey(entry.bytes)) ?? '');
    sum.update('\0');
  }
  return sum.digest('hex');
}

const mostNamed = 20;

/** Names all files that cannot be read, not only the one that was met first. */
export function withAllUnreadable(error: unknown, root: string, entries: readonly ListedEntry[]): unknown {
  if (!(error instanceof TsbuildpackError) || error.code !== 'SOURCE_UNREADABLE') return error;
  const unreadable = entries.filter((entry) => entry.type === 'file' && !isReadable(root, entry));
  if (unreadable.length < 2) return error;
  const named = unreadable.slice(0, mostNamed).map(({ bytes }) => showPath(bytes));
  const more = unreadable.length - named.length;
  return new TsbuildpackError(
    'SOURCE_UNREADABLE',
    `Cannot read ${unreadable.length} files in "${root}": permission denied`,
    {
      detail: [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    },
  );
}

function isReadable(root: string, { bytes }: ListedEntry): boolean {
  try {
    closeSync(openSync(inRoot(root, bytes), constants.O_RDONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
