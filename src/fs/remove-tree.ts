import { chmodSync, lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import type { BytePath } from './byte-path.ts';
import { joinBytePath } from './byte-path.ts';
import { readDir } from './read-dir.ts';
import { takeTurns, type Turn } from './take-turns.ts';
import { systemErrorCode } from './system-error.ts';

/**
 * Removes a file, a symlink (never what it points to) or a directory with all that is in it; directories that a build made unreadable
 * or read-only (Go's module cache) are opened first. Nothing there is fine. System errors as they are.
 */
export async function removeTree(path: BytePath): Promise<void> {
  await removeEntry(path, takeTurns());
}

async function removeEntry(path: BytePath, turn: Turn): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) {
    ignoreMissing(() => unlinkSync(path));
    return;
  }
  openDirectory(path, stats.mode);
  await removeContent(path, turn);
  ignoreMissing(() => rmdirSync(path));
}

async function removeContent(path: BytePath, turn: Turn): Promise<void> {
  for (const name of readDir(path)) {
    // Parent directories are writable by now, so one level at a time is enough.
    // oxlint-disable-next-line no-await-in-loop
    await removeEntry(joinBytePath(path, name), turn);
  }
  await turn();
}

function openDirectory(path: BytePath, mode: number): void {
  if ((mode & 0o700) === 0o700) return;
  try {
    chmodSync(path, (mode & 0o7777) | 0o700);
  } catch (error) {
    // Somebody else's directory: removing an empty one still works, and anything else fails with a better message.
    if (systemErrorCode(error) !== 'EPERM') throw error;
  }
}

function ignoreMissing(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
