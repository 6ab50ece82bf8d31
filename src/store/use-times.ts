import { closeSync, existsSync, openSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../fs/lock.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { StoreLayout } from './store-layout.ts';

/**
 * When things were last used: the modification time of a small file beside each. A prune holds the sweep lock while it looks at the
 * times once more and removes; who marks looks afterwards whether that lock is taken. One of the two always sees the other: either
 * the prune finds the new time, or the marker waits until the prune is past the thing and then finds out whether it is still there.
 */
export class UseTimes {
  readonly #sweepLock: string;
  readonly #now: () => Date;

  constructor(layout: StoreLayout, now: () => Date) {
    this.#sweepLock = join(layout.locks, 'sweep');
    this.#now = now;
  }

  /** Notes the use of `thing` in `mark` (made if need be); false when the thing is not there. */
  async mark(mark: string, thing: string): Promise<boolean> {
    if (!existsSync(thing)) return false;
    this.#touch(mark);
    if (existsSync(this.#sweepLock)) {
      await this.betweenSweeps(async () => this.#touch(mark));
    }
    return existsSync(thing);
  }

  /** For things that are about to be made: from now on they count as used. */
  async announce(mark: string): Promise<void> {
    this.#touch(mark);
    if (!existsSync(this.#sweepLock)) return;
    await this.betweenSweeps(async () => this.#touch(mark));
  }

  /** Runs something short while no prune removes anything. */
  async betweenSweeps<T>(action: () => Promise<T>): Promise<T> {
    return await withLock(this.#sweepLock, action, { mode: 'shared' });
  }

  /** Runs the removal of a prune; marks made before it are seen in it, later ones wait for it: keep it short. */
  async sweep<T>(removal: () => Promise<T>): Promise<T> {
    return await withLock(this.#sweepLock, removal);
  }

  #touch(mark: string): void {
    const now = this.#now();
    try {
      utimesSync(mark, now, now);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      closeSync(openSync(mark, 'a'));
      utimesSync(mark, now, now);
    }
  }
}

/** Whole milliseconds since 1970, 0 when it was never noted. */
export function usedAt(mark: string): number {
  // Node passes times as floating-point seconds, which come out up to a microsecond early.
  return Math.ceil(statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}
