import { chmodSync, closeSync, constants, fchmodSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import type { BytePath } from '../fs/byte-path.ts';
import { copyFile } from '../fs/copy-tree.ts';
import { diskError } from '../fs/system-error.ts';
import { takeTurns } from '../fs/take-turns.ts';
import { hashLargeFile, type HashTools, listedStats, pieceBytes, readSmallFile, sha256 } from './hash-entries.ts';
import type { ListedEntry } from './list-source.ts';
import { inRoot } from './list-source.ts';
import { pathKey } from './source-memory.ts';

export interface CopyEntriesOptions {
  /** An empty directory. */
  readonly to: string;
  /** Files whose hash is known, by path key. @default nobody wants to know hashes */
  readonly known?: ReadonlyMap<string, Buffer>;
}

/**
 * Copies entries, whatever the umask, and gives the sha256 of those files whose hash was not known: whoever wants both a copy and hashes
 * gets them from one reading, for half the time of two. Throws SOURCE_CHANGED, SOURCE_UNREADABLE, DISK_FULL.
 */
export async function copyEntries(
  root: string,
  entries: readonly ListedEntry[],
  { to, known }: CopyEntriesOptions,
): Promise<ReadonlyMap<string, Buffer>> {
  const tools = { buffer: Buffer.allocUnsafe(pieceBytes), turn: takeTurns() };
  const hashes = new Map<string, Buffer>();
  chmodSync(to, 0o755);
  for (const entry of entries) {
    const target = inRoot(to, entry.bytes);
    const key = pathKey(entry.bytes);
    const isHashed = known !== undefined && !known.has(key);
    try {
      const options = { ...tools, target, isHashed };
      const hash = isLarge(entry) ? await copyLargeFile(root, entry, options) : copyEntry(root, entry, options);
      if (hash) hashes.set(key, hash);
    } catch (error) {
      throw diskError(error, `Cannot copy "${entry.path}"`);
    }
    // Not a promise for each file: those cost as much as hashing them.
    const pause = tools.turn();
    if (pause) await pause;
  }
  return hashes;
}

interface CopyOne extends HashTools {
  readonly target: BytePath;
  readonly isHashed: boolean;
}

function isLarge({ type, sizeBytes }: ListedEntry): boolean {
  return type === 'file' && sizeBytes > pieceBytes;
}

function copyEntry(root: string, entry: ListedEntry, options: CopyOne): Buffer | undefined {
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
function copySmallFile(root: string, entry: ListedEntry, { target, isHashed, buffer }: CopyOne): Buffer | undefined {
  const content = readSmallFile(root, entry, buffer);
  writeNewFile(target, content, entry.executable ? 0o755 : 0o644);
  return isHashed ? sha256(content) : undefined;
}

/** Its blocks are shared where the file system can, so the content does not pass through memory. */
async function copyLargeFile(root: string, entry: ListedEntry, options: CopyOne): Promise<Buffer | undefined> {
  const hash = options.isHashed ? await hashLargeFile(root, entry, options) : undefined;
  copyFile({ path: inRoot(root, entry.bytes), stats: listedStats(root, entry) }, options.target, 'normalize');
  return hash;
}

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

function writeNewFile(path: BytePath, content: Buffer, mode: number): void {
  const file = openSync(path, newFile, mode);
  try {
    for (let written = 0; written < content.length;) written += writeSync(file, content, written);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}
