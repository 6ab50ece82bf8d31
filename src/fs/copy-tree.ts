import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import type { BytePath } from './byte-path.ts';
import { joinBytePath, showPath } from './byte-path.ts';
import { isSameStamp, stampOf } from './file-stamp.ts';
import { listedError, sourceChanged } from './read-stamped.ts';
import { diskError } from './system-error.ts';
import { takeTurns } from './take-turns.ts';
import { walk } from './walk.ts';

export interface CopyOptions {
  /**
   * `keep`: permission bits and modification times as they are, for a tool's own files.
   * `normalize`: 0755 for directories and what its owner may execute, else 0644, whatever the umask; times of now.
   * @default 'keep'
   */
  readonly modes?: 'keep' | 'normalize';
  /** Told about what cannot be copied: sockets, named pipes, devices. */
  readonly onLeftOut?: (relativePath: BytePath) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies a directory, whose new place must not be there (its parent has to be), or a single file or symlink. Symlinks verbatim; blocks
 * are shared where the file system can. Throws SOURCE_CHANGED when a file changes while it is copied, SOURCE_UNREADABLE, DISK_FULL.
 */
export async function copyTree(from: BytePath, to: BytePath, options: CopyOptions = {}): Promise<void> {
  const { modes = 'keep', onLeftOut, signal } = options;
  const turn = takeTurns(signal);
  const directories: { readonly path: BytePath; readonly stats: Stats }[] = [];
  for (const file of walk(from)) {
    const target = file.relative.length === 0 ? to : joinBytePath(to, file.relative);
    if (file.stats.isDirectory()) {
      onDisk(target, () => mkdirSync(target, 0o700));
      directories.push({ path: target, stats: file.stats });
    } else if (file.stats.isSymbolicLink()) {
      onDisk(target, () => symlinkSync(readlinkSync(file.path, 'buffer'), target));
    } else if (file.stats.isFile()) {
      copyFile(file, target, modes);
    } else {
      onLeftOut?.(file.relative);
    }
    // oxlint-disable-next-line no-await-in-loop
    await turn();
  }
  // Last and from the inside out: a read-only directory takes no files, and new files would touch its time.
  for (const { path, stats } of directories.toReversed()) {
    chmodSync(path, modes === 'normalize' ? 0o755 : stats.mode & 0o7777);
    if (modes === 'keep') utimesSync(path, stats.atime, stats.mtime);
  }
}

/** A regular file with what `lstat` said about it. */
export interface ListedFile {
  readonly path: BytePath;
  readonly stats: Stats;
}

/** Copies one regular file to a new name. Throws SOURCE_CHANGED when it is not, or no longer, the one listed. */
export function copyFile(file: ListedFile, to: BytePath, modes: 'keep' | 'normalize'): void {
  const stamp = stampOf(file.stats);
  try {
    copyFileSync(file.path, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    if (!isSameStamp(lstatSync(file.path), stamp)) throw sourceChanged(file.path);
  } catch (error) {
    throw diskError(isReadable(file.path) ? error : listedError(error, file.path), `Cannot copy to "${showPath(to)}"`);
  }
  if (modes === 'keep') utimesSync(to, file.stats.atime, file.stats.mtime);
  else chmodSync(to, (file.stats.mode & 0o100) === 0 ? 0o644 : 0o755);
}

/** Tells trouble with the original from trouble with the copy: the error of the system call names both. */
function isReadable(path: BytePath): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function onDisk(path: BytePath, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw diskError(error, `Cannot copy to "${showPath(path)}"`);
  }
}
