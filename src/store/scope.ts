import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../events.ts';
import { acquireLock } from '../fs/lock.ts';
import type { Lock } from '../fs/lock.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Blobs } from './blobs.ts';
import type { BuildRecords } from './build-records.ts';
import { buildRecordsIn } from './build-records.ts';
import type { CachedLayers } from './cached-layers.ts';
import { CachedLayerDirectory } from './cached-layers.ts';
import type { DocumentPlace, StoredDocument } from './documents.ts';
import { hashOf, storedDocument } from './documents.ts';
import type { LayerRecords } from './layer-records.ts';
import { layerRecordsIn } from './layer-records.ts';
import type { Resolutions } from './resolutions.ts';
import { resolutionsIn } from './resolutions.ts';
import type { Session } from './sessions.ts';
import { inStore } from './store-error.ts';
import type { StoreLayout } from './store-layout.ts';
import type { UseTimes } from './use-times.ts';

/** Whose cached layers these are. A scope never reads another's. */
export interface ScopeKey {
  /** `--cache-scope`, the image's repository, or the app's real path. */
  readonly scope: string;
  /** What it is built for: `linux/amd64`. */
  readonly target: string;
}

export interface OpenScopeOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What is kept for one application and target. It belongs to one build alone until it is released. */
export interface Scope {
  /** A directory that stays the same for the scope: the root of the build environment. Its content is the caller's. */
  readonly environmentDir: string;
  readonly cachedLayers: CachedLayers;
  readonly builds: BuildRecords;
  readonly layers: LayerRecords;
  readonly resolutions: Resolutions;
  /** A document of the caller's, by name: the previous image's metadata, … */
  document(name: string): StoredDocument;
  /** Forgets everything, the build environment too. */
  clear(): Promise<void>;
  /** Lets other builds in. Twice is the same as once. */
  release(): void;
}

export interface ScopeParts {
  readonly layout: StoreLayout;
  readonly session: Session;
  readonly uses: UseTimes;
  readonly blobs: Blobs;
  readonly now: () => Date;
  readonly report: Report;
}

export async function openScope(key: ScopeKey, options: OpenScopeOptions, parts: ScopeParts): Promise<Scope> {
  const { layout, uses, report } = parts;
  const name = hashOf(JSON.stringify([key.scope, key.target])).slice(0, 32);
  const dir = join(layout.scopes, name);
  return await inStore(layout.dir, async () => {
    const onWait = (pid: number): void =>
      report({ type: 'info', message: `Waiting for process ${pid}, which is building ${key.scope} for ${key.target}` });
    const lock = await acquireLock(scopeLock(layout, name), { signal: options.signal, onWait });
    try {
      await uses.announce(`${dir}.used`);
      makeFolders(dir);
      writeFileSync(join(dir, 'scope.json'), `${JSON.stringify(key)}\n`);
      return scopeAt(dir, lock, parts);
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

/** Held by the build that uses the scope; a prune passes over a scope that is in use. */
export function scopeLock(layout: StoreLayout, name: string): string {
  return join(layout.locks, `scope-${name}`);
}

const folders = ['environment', 'cached-layers', 'documents'] as const;

function makeFolders(dir: string): void {
  for (const folder of folders) mkdirSync(join(dir, folder), { recursive: true });
}

function scopeAt(dir: string, lock: Lock, { layout, session, blobs, now }: ScopeParts): Scope {
  const place: DocumentPlace = { store: layout.dir, dir: join(dir, 'documents'), now };
  return {
    environmentDir: join(dir, 'environment'),
    cachedLayers: new CachedLayerDirectory({
      store: layout.dir,
      dir: join(dir, 'cached-layers'),
      temporaryPath: () => session.temporaryPath(),
    }),
    builds: buildRecordsIn(place),
    layers: layerRecordsIn(place, blobs),
    resolutions: resolutionsIn(place),
    document: (name) => storedDocument(`document ${name}`, place),
    clear: async () =>
      await inStore(layout.dir, async () => {
        for (const folder of folders) await removeTree(join(dir, folder));
        makeFolders(dir);
      }),
    release: () => lock.release(),
  };
}
