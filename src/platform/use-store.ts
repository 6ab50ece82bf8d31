import { resolve } from 'node:path';
import { removeOwnedTree } from '../environment/remove-owned-tree.ts';
import { openStore } from '../store/open-store.ts';
import { defaultStoreDir } from '../store/default-store-dir.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import { resolveSettings } from './settings.ts';

/** Opens the store that flag, variable or configuration file name, and closes it whatever happens. */
export async function useStore<T>(
  flag: string | undefined,
  surroundings: Surroundings,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const { cwd, env, report, now } = surroundings;
  const settings = resolveSettings({ flags: { store: flag }, env });
  const store = await openStore(resolve(cwd, settings.store ?? defaultStoreDir(env)), {
    report,
    now,
    removeTree: removeOwnedTree,
  });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}
