import { onTestFinished } from 'vitest';
import type { Event } from '../../src/events.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

export interface TemporaryStore {
  readonly store: Store;
  readonly dir: string;
  readonly events: Event[];
  /** Sets our clock forward. */
  readonly advance: (milliseconds: number) => void;
}

/** A real store in a directory of its own, with a clock that stands still until it is set forward. */
export async function temporaryStore(dir: string = temporaryDir()): Promise<TemporaryStore> {
  let time = Date.UTC(2026, 0, 1);
  const events: Event[] = [];
  const store = await openStore(dir, { report: (event) => events.push(event), now: () => new Date(time) });
  onTestFinished(() => store.close());
  const advance = (milliseconds: number): void => {
    time += milliseconds;
  };
  return { store, dir, events, advance };
}

export function temporaryDir(): string {
  return temporaryDirectory('store');
}
