import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import type { BytePath } from '../fs/byte-path.ts';
import { copyFile } from '../fs/copy-tree.ts';
import { diskError } from '../fs/system-error.ts';
import { takeTurns } from '../fs/take-turns.ts';
import { hashLargeFile, type HashTools, listedStats, pieceBytes, readSmallFile, sha256 } from './hash-entries.ts';
import type { EntryStat, ListedEntry } from './list-source.ts';
import { inRoot, statOf } from './list-source.ts';
import { pathKey } from './source-memory.ts';

/** A file as it is after it was copied. */
export interface CopiedFile {
  readonly entry: ListedEntry;
  /** sha256 of its content. */
  readonly hash: Buffer;
  /** Of the copy. */
  readonly stat: EntryStat;
}

export interface CopyEntriesOptions {
  readonly to: string;
  /** Hashes of files, by path key: these are not made again. @default nobody wants to know what was copied */
  readonly known?: ReadonlyMap<string, Buffer> | undefined;
}

/**
 * Copies entries to where there is nothing with their names, whatever the umask, and gives the files with their hashes: whoever wants both
 * a copy and hashes gets them from one reading, for half the time of two. Throws SOURCE_CHANGED, SOURCE_UNREADABLE, DISK_FULL.
 */
export async function copyEntries(
  root: string,
  entries: Iterable<ListedEntry>,
  { to, known }: CopyEntriesOptions,
): Promise<readonly CopiedFile[]> {
  const tools = { buffer: Buffer.allocUnsafe(pieceBytes), turn: takeTurns(), known };
  const copied: CopiedFile[] = [];
  chmodSync(to, 0o755);
  for (const entry of entries) {
    const options = { ...tools, target: inRoot(to, entry.bytes) };
    try {
      const file = isLarge(entry) ? await copyLargeFile(root, entry, options) : copyEntry(root, entry, options);
      if (file) copied.push(file);
    } catch (error) {
      throw diskError(error, `Cannot copy "${entry.path}"`);
    }
    // Not a promise for each file: those cost as much as hashing them.
    const pause = tools.turn();
    if (pause) await pause;
  }
  return copied;
}

interface CopyOne extends HashTools, Pick<CopyEntriesOptions, 'known'> {
  readonly target: BytePath;
}

function isLarge({ type, sizeBytes }: ListedEntry): boolean {
  return type === 'file' && sizeBytes > pieceBytes;
}

function copyEntry(root: string, entry: ListedEntry, options: CopyOne): CopiedFile | undefined {
  const { target } = options;
  if (entry.type === 'file') return copySmallFile(root, entry, options);
  if (entry.type === 'symlink') symlinkSync(entry.linkBytes ?? '', target);
  else {
    mkdirSync(target);
    chmodSync(target, 0o755);
  }
  return undefined;
}

/**
 * Read into memory and written from there, which takes as long as the system's own copying for files of this size and leaves the content
 * at hand.
 */
function copySmallFile(root: string, entry: ListedEntry, { target, known, buffer }: CopyOne): CopiedFile | undefined {
  const content = readSmallFile(root, entry, buffer);
  const file = openSync(target, newFile, modeOf(entry));
  try {
    for (let written = 0; written < content.length;) written += writeSync(file, content, written);
    fchmodSync(file, modeOf(entry));
    if (known === undefined) return undefined;
    return { entry, hash: known.get(pathKey(entry.bytes)) ?? sha256(content), stat: statOf(fstatSync(file)) };
  } finally {
    closeSync(file);
  }
}

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** In a workspace. */
export function modeOf({ executable }: ListedEntry): number {
  return executable ? 0o755 : 0o644;
}

/** Its blocks are shared where the file system can, so the content does not pass through memory. */
async function copyLargeFile(root: string, entry: ListedEntry, options: CopyOne): Promise<CopiedFile | undefined> {
  const { target, known } = options;
  const hash = known && (known.get(pathKey(entry.bytes)) ?? (await hashLargeFile(root, entry, options)));
  copyFile({ path: inRoot(root, entry.bytes), stats: listedStats(root, entry) }, target, 'normalize');
  return hash && { entry, hash, stat: statOf(lstatSync(target)) };
}
