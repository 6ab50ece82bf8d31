import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemErrorCode } from './system-error.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isRunning, ownIdentity } from './process-identity.ts';

export interface LockOptions {
  /** Several may hold a shared lock at once, one alone an exclusive one. @default 'exclusive' */
  readonly mode?: 'shared' | 'exclusive';
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the lock is not free at once, with the process id of one who has it. */
  readonly onWait?: (pid: number) => void;
}

export interface Lock {
  /** Gives the lock back; twice is the same as once. */
  release(): void;
}

/** Owners on another machine or in another container cannot be asked whether they live: they touch their file. */
const heartbeatMs = 15_000;
const foreignStaleMs = 10 * 60_000;

/**
 * Waits for the lock `directory` (made if it is not there; its parent has to exist). Every owner has a file of its own in it, named
 * after its process; who finds no other live owner after having made its file has the lock, else it steps back and tries again. Names
 * are never used twice, so files of dead processes can be removed by anyone at any time without a race.
 * Rejects with the reason of the signal; system errors as they are.
 */
export async function acquireLock(directory: string, options: LockOptions = {}): Promise<Lock> {
  const { mode = 'exclusive', signal, onWait } = options;
  const mine = ownerName(mode);
  let told = false;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    const pid = tryLock(directory, mine, mode);
    if (pid === undefined) return held(directory, mine);
    if (!told) onWait?.(pid);
    told = true;
    const waitMs = Math.min(200, 10 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random());
    // oxlint-disable-next-line no-await-in-loop
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Runs an action while holding the lock. */
export async function withLock<T>(directory: string, action: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const lock = await acquireLock(directory, options);
  try {
    return await action();
  } finally {
    lock.release();
  }
}

/** The process id of an owner in the way, or undefined when the lock is ours. */
function tryLock(directory: string, mine: string, mode: 'shared' | 'exclusive'): number | undefined {
  const before = otherOwner(directory, mine, mode);
  if (before !== undefined) return before;
  createOwnerFile(directory, mine);
  const other = otherOwner(directory, mine, mode);
  if (other !== undefined) removeOwnerFile(directory, mine);
  return other;
}

function held(directory: string, mine: string): Lock {
  const file = join(directory, mine);
  const timer = setInterval(() => {
    const now = new Date();
    ignoreSystemError(() => utimesSync(file, now, now), ['ENOENT', 'EROFS', 'EACCES']);
  }, heartbeatMs);
  timer.unref();
  return {
    release(): void {
      clearInterval(timer);
      removeOwnerFile(directory, mine);
    },
  };
}

/** `x-<pid>-<start time>-<machine and pid namespace>-<random>` */
function ownerName(mode: 'shared' | 'exclusive'): string {
  const { pid, startTime, space } = ownIdentity();
  return [mode === 'shared' ? 's' : 'x', pid, startTime, space, randomBytes(6).toString('hex')].join('-');
}

function parseOwner(name: string): (ProcessIdentity & { readonly mode: string }) | undefined {
  const [mode, pid, startTime, space, random] = name.split('-');
  if (!mode || !startTime || !space || !random || !Number.isSafeInteger(Number(pid))) return undefined;
  return { mode, pid: Number(pid), startTime, space };
}

function otherOwner(directory: string, mine: string, mode: 'shared' | 'exclusive'): number | undefined {
  for (const name of ownerFiles(directory)) {
    const owner = parseOwner(name);
    if (name === mine || owner === undefined) continue;
    if (mode === 'shared' && owner.mode === 's') continue;
    if (isAlive(join(directory, name), owner)) return owner.pid;
    removeOwnerFile(directory, name);
  }
  return undefined;
}

function isAlive(file: string, owner: ProcessIdentity): boolean {
  const running = isRunning(owner);
  if (running !== 'unknown') return running;
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs < foreignStaleMs;
}

function ownerFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function createOwnerFile(directory: string, name: string): void {
  for (;;) {
    ignoreSystemError(() => mkdirSync(directory), ['EEXIST']);
    try {
      writeFileSync(join(directory, name), '', { flag: 'wx' });
      return;
    } catch (error) {
      // Between the two calls the last owner has left and taken the empty directory with it.
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
}

function removeOwnerFile(directory: string, name: string): void {
  ignoreSystemError(() => unlinkSync(join(directory, name)), ['ENOENT']);
  ignoreSystemError(() => rmdirSync(directory), ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM']);
}

function ignoreSystemError(action: () => void, codes: readonly string[]): void {
  try {
    action();
  } catch (error) {
    if (!codes.includes(systemErrorCode(error) ?? '')) throw error;
  }
}
