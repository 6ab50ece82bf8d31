import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lock, LockOptions } from '../fs/lock.ts';
import { acquireLock } from '../fs/lock.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { WorkDirs } from './sandbox-view.ts';

export interface RootDirectoriesOptions {
  /** @default '/' */
  readonly base?: string;
  readonly signal?: AbortSignal;
  readonly onWait?: (pid: number) => void;
}

export interface RootDirectories {
  readonly dirs: Pick<WorkDirs, 'app' | 'layers' | 'platform' | 'buildpacks'>;
  /** Removes the directories and gives the lock back. */
  close(): Promise<void>;
}

/** At the root of the file system. */
export const rootDirectoryNames = ['workspace', 'layers', 'platform', 'cnb'] as const;

/**
 * Plain directories at the root, for a root that has no namespaces. One build at a time has them. A directory that is there and was not
 * made by us is somebody's: then nothing is made and the reason given instead. Which ones are ours is written down beside them, with
 * their inode and time of birth, so that they need no marker that would get into the image.
 */
export async function makeRootDirectories(
  options: RootDirectoriesOptions = {},
): Promise<RootDirectories | { refused: string }> {
  const { base = '/', signal, onWait } = options;
  const notes = join(base, '.tsbuildpack');
  const lock = await lockIn(base, { signal, ...(onWait === undefined ? {} : { onWait }) });
  if (typeof lock === 'string') return { refused: lock };
  try {
    const foreign = rootDirectoryNames
      .map((name) => join(base, name))
      .find((dir) => exists(dir) && !isOurs(notes, dir));
    if (foreign === undefined) {
      mkdirSync(notes, { recursive: true, mode: 0o700 });
      for (const name of rootDirectoryNames) claim(notes, join(base, name));
      mkdirSync(join(base, 'cnb', 'buildpacks'), { recursive: true });
      return opened(base, notes, lock);
    }
    lock.release();
    return { refused: `"${foreign}" exists and was not made by tsbuildpack` };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function lockIn(base: string, options: LockOptions): Promise<Lock | string> {
  try {
    return await acquireLock(join(base, '.tsbuildpack.lock'), options);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return `no directory can be made in "${base}" (${code})`;
  }
}

function opened(base: string, notes: string, lock: Lock): RootDirectories {
  return {
    dirs: {
      app: join(base, 'workspace'),
      layers: join(base, 'layers'),
      platform: join(base, 'platform'),
      buildpacks: join(base, 'cnb', 'buildpacks'),
    },
    async close(): Promise<void> {
      for (const name of rootDirectoryNames) {
        const dir = join(base, name);
        // oxlint-disable-next-line no-await-in-loop
        if (isOurs(notes, dir)) await removeTree(dir);
      }
      rmSync(notes, { recursive: true, force: true });
      lock.release();
    },
  };
}

function claim(notes: string, dir: string): void {
  if (exists(dir)) return;
  mkdirSync(dir);
  writeFileSync(noteOf(notes, dir), identityOf(dir));
}

function isOurs(notes: string, dir: string): boolean {
  try {
    return readFileSync(noteOf(notes, dir), 'utf8') === identityOf(dir);
  } catch {
    return false;
  }
}

function noteOf(notes: string, dir: string): string {
  return join(notes, dir.slice(dir.lastIndexOf('/') + 1));
}

function identityOf(dir: string): string {
  const { dev, ino, birthtimeNs } = lstatSync(dir, { bigint: true });
  return `${dev}:${ino}:${birthtimeNs}\n`;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
