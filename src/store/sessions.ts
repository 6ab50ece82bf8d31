import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lock } from '../fs/lock.ts';
import { acquireLock } from '../fs/lock.ts';
import type { StoreLayout } from './store-layout.ts';

/** Removes a file or a directory with all that is in it. */
export type RemoveTree = (path: string) => Promise<void>;

/**
 * One process's use of the store. What was used at or after the start of a session that still runs is not removed by a prune. Its
 * lock goes with the process, so a killed build protects nothing and what it left in `tmp/` can be told from work in progress.
 */
export class Session {
  readonly id: string;
  readonly #layout: StoreLayout;
  readonly #lock: Lock;

  private constructor(id: string, layout: StoreLayout, lock: Lock) {
    this.id = id;
    this.#layout = layout;
    this.#lock = lock;
  }

  static async start(layout: StoreLayout, now: () => Date): Promise<Session> {
    const id = `${now().getTime()}-${randomBytes(6).toString('hex')}`;
    const lock = await acquireLock(join(layout.sessions, id), { mode: 'shared' });
    return new Session(id, layout, lock);
  }

  /** A path in `tmp/` that nobody else uses; its directory is there. */
  temporaryPath(): string {
    const dir = join(this.#layout.tmp, this.id);
    mkdirSync(dir, { recursive: true });
    return join(dir, randomBytes(8).toString('hex'));
  }

  end(): void {
    try {
      rmdirSync(join(this.#layout.tmp, this.id));
    } catch {
      // Nothing was written, or something still is: then it is swept away once this process has ended.
    }
    this.#lock.release();
  }
}

/** When the oldest session started that runs now, in milliseconds; undefined when there is none but `own`. */
export async function oldestSession(layout: StoreLayout, own: string): Promise<number | undefined> {
  let oldest: number | undefined;
  for (const id of readdirSync(layout.sessions)) {
    const start = Number.parseInt(id, 10);
    if (id === own || (oldest !== undefined && start >= oldest)) continue;
    const free = await tryLock(join(layout.sessions, id));
    if (free === undefined) oldest = start;
    else free.release();
  }
  return oldest;
}

/** Removes what processes that are gone left in `tmp/`. Gives the number of bytes' worth of entries removed as a count of sessions. */
export async function sweepDeadSessions(layout: StoreLayout, removeTree: RemoveTree): Promise<number> {
  let swept = 0;
  for (const id of new Set([...readdirSync(layout.sessions), ...readdirSync(layout.tmp)])) {
    const lock = await tryLock(join(layout.sessions, id));
    if (lock === undefined) continue;
    try {
      const left = join(layout.tmp, id);
      if (!existsSync(left)) continue;
      await removeTree(left);
      swept += 1;
    } finally {
      lock.release();
    }
  }
  return swept;
}

/** The lock if it is free, else undefined. */
export async function tryLock(path: string): Promise<Lock | undefined> {
  const busy = new AbortController();
  try {
    return await acquireLock(path, { signal: busy.signal, onWait: () => busy.abort() });
  } catch (error) {
    if (busy.signal.aborted) return undefined;
    throw error;
  }
}
