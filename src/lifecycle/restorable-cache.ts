import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { CacheMetadata } from '../cnb/cache-metadata.ts';
import { parseJson } from '../cnb/json.ts';
import type { BuildpackLayers, LayerRecord } from '../cnb/lifecycle-metadata.ts';
import type { PathPair } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { extractLayers } from '../layer/extract.ts';
import type { Layer } from '../layer/layer.ts';
import type { CachedLayer, CachedLayers } from '../store/cached-layers.ts';
import type { LayerCache } from './layer-cache.ts';

/** What the restore phase asks of a cache, however it keeps its layers. */
export interface RestorableCache {
  metadata(): Promise<CacheMetadata>;
  /** Puts a cached layer at `<layers>/<buildpack>/<name>`; says why when it cannot. */
  restore(layer: LayerToRestore): Promise<Restored>;
  /** Puts the cached SBOM files at `<layers>/sbom/cache`, if there are any. */
  restoreSboms(): Promise<void>;
}

export interface LayerToRestore {
  readonly buildpack: string;
  readonly name: string;
  readonly sha: string;
}

export type Restored = { readonly restored: true } | { readonly restored: false; readonly reason: string };

/** A cache of archives, which hold the paths of the image. */
export function archivedCache(cache: LayerCache, layers: PathPair, signal?: AbortSignal): RestorableCache {
  const put = (layer: Layer, path: string): Promise<boolean> => extractBelow(layer, path, { layers, signal });
  return {
    metadata: () => cache.metadata(),
    async restore({ buildpack, name, sha }) {
      const layer = await cache.layer(sha);
      if (layer === undefined) return missing;
      const found = await orUnreadable(() => put(layer, `${escapeBuildpackId(buildpack)}/${name}`));
      if (found === 'unreadable') return { restored: false, reason: 'its archive is not what it was' };
      return found ? { restored: true } : missing;
    },
    async restoreSboms() {
      const layer = await cache.layer((await cache.metadata()).sbom.sha);
      if (layer !== undefined) await orUnreadable(() => put(layer, 'sbom/cache'));
    },
  };
}

const missing: Restored = { restored: false, reason: 'the cache does not have it' };

async function orUnreadable(work: () => Promise<boolean>): Promise<boolean | 'unreadable'> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TsbuildpackError && unreadable.has(error.code)) return 'unreadable';
    throw error;
  }
}

const unreadable = new Set(['BLOB_CORRUPT', 'ARCHIVE_INVALID', 'IMAGE_NOT_FOUND', 'IMAGE_INVALID']);

/** Extracts what a layer has below `<layers>/<path>` to there, whole or not at all. False when it has nothing there. */
export async function extractBelow(
  layer: Layer,
  path: string,
  { layers, signal }: { readonly layers: PathPair; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const aside = join(layers.host, '.restoring');
  await removeTree(aside);
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  try {
    await extractLayers([layer], aside, { whiteouts: false, setid: 'keep', signal });
    const from = join(aside, layers.image, path);
    if (!existsSync(from)) return false;
    const to = join(layers.host, path);
    mkdirSync(dirname(to), { recursive: true });
    await removeTree(to);
    const { moveTree } = await import('../store/move-tree.ts');
    await moveTree(from, to);
    return true;
  } finally {
    await removeTree(aside);
  }
}

/** What we keep to know of a layer of the store's cache. */
export interface CachedLayerFacts {
  readonly launch: boolean;
  readonly build: boolean;
  /** `[metadata]` of its TOML, as JSON has it. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Of a launch layer: the diff ID that it was exported with. */
  readonly diffId?: string | undefined;
  /** A tool's own cache: moved, not copied. */
  readonly toolCache: boolean;
}

const factsSchema = v.object({
  launch: v.boolean(),
  build: v.boolean(),
  data: v.record(v.string(), v.unknown()),
  diffId: v.optional(v.string()),
  toolCache: v.boolean(),
});

/** Under which name the store keeps SBOM files of cached layers; no buildpack can be called so. */
export const cachedSboms = { buildpack: 'sbom', name: 'cache' } as const;

/** The store's own cache, which keeps directories. */
export function storeCache(cachedLayers: CachedLayers, layersDir: string): RestorableCache {
  const toPath = ({ buildpack, name }: Pick<CachedLayer, 'buildpack' | 'name'>): string =>
    join(layersDir, escapeBuildpackId(buildpack), name);
  return {
    async metadata() {
      const kept = await cachedLayers.list();
      const sbom = kept.some(({ buildpack }) => buildpack === cachedSboms.buildpack) ? cachedSboms.name : '';
      return { sbom: { sha: sbom }, buildpacks: byBuildpack(kept) };
    },
    async restore(layer) {
      const found = (await cachedLayers.list()).find(
        ({ buildpack, name }) => buildpack === layer.buildpack && name === layer.name,
      );
      const facts = found && parseFacts(found.metadata);
      if (facts === undefined) return missing;
      const done = await cachedLayers.restore(layer, toPath(layer), facts.toolCache ? 'move' : 'copy');
      return done ? { restored: true } : missing;
    },
    async restoreSboms() {
      await cachedLayers.restore(cachedSboms, toPath(cachedSboms), 'copy');
    },
  };
}

function byBuildpack(kept: readonly CachedLayer[]): readonly BuildpackLayers[] {
  const buildpacks = new Map<string, Record<string, LayerRecord>>();
  for (const { buildpack, name, metadata } of kept) {
    const facts = parseFacts(metadata);
    if (facts === undefined) continue;
    const { launch, build, data, diffId = '' } = facts;
    const layers = buildpacks.get(buildpack) ?? {};
    buildpacks.set(buildpack, { ...layers, [name]: { sha: diffId, data, build, launch, cache: true } });
  }
  return [...buildpacks].map(([key, layers]) => ({ key, version: '', layers }));
}

function parseFacts(text: string): CachedLayerFacts | undefined {
  try {
    const result = v.safeParse(factsSchema, parseJson(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
