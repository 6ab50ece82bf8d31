import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiVersion } from '../cnb/api-version.ts';
import { atLeast, currentPlatformApi } from '../cnb/api-version.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import { emptyCacheMetadata, type CacheMetadata } from '../cnb/cache-metadata.ts';
import { writeRestoredLayerMetadata } from '../cnb/layer-metadata.ts';
import type { BuildpackLayers, LayerRecord, LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import { writeStoreToml } from '../cnb/store-toml.ts';
import { tomlTableFromPlain } from '../cnb/toml-value.ts';
import type { Report } from '../events.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { RestorableCache } from './restorable-cache.ts';
import { restoreSbomFiles } from './restore-sboms.ts';

export interface RestoreRequest {
  /** Ids of the group's buildpacks. */
  readonly group: readonly string[];
  /** What the previous image says of its layers; undefined when there is none. */
  readonly previous: LifecycleMetadata | undefined;
  /**
   * Whether a layer of the previous image may be taken without its directory. Not where the environment is written into the image's
   * config: it is read from the layers' files.
   */
  readonly reuseLaunchLayers: boolean;
  /** Host path of `<layers>`. */
  readonly layersDir: string;
  readonly cache: RestorableCache | undefined;
  /** Nothing comes back but store.toml (RST-11, RST-12). */
  readonly skipLayers: boolean;
  /** @default the newest */
  readonly platformApi?: ApiVersion;
  readonly report: Report;
}

/**
 * Puts back what the group's buildpacks left in the last build, where they look for it — the decision table of
 * https://github.com/buildpacks/spec/blob/main/buildpack.md#layer-types (RST-01 to RST-07): metadata without types for
 * launch layers that the image has, data only from the cache, and only when it is the image's.
 */
export async function restore(request: RestoreRequest): Promise<void> {
  const { group, previous, layersDir, cache, skipLayers } = request;
  for (const id of group) restoreStore(previous, id, join(layersDir, escapeBuildpackId(id)));
  if (skipLayers) return;
  const cached = (await cache?.metadata()) ?? emptyCacheMetadata;
  for (const id of group) await restoreBuildpack(id, cached, request);
  if (!atLeast(request.platformApi ?? currentPlatformApi, '0.8')) return;
  if (cached.sbom.sha !== '') await cache?.restoreSboms();
  await restoreSbomFiles(layersDir, group);
}

/** store.toml comes back whatever happens to the layers (LYR-15, RST-11). */
function restoreStore(previous: LifecycleMetadata | undefined, id: string, dir: string): void {
  const store = previous?.buildpacks.find(({ key }) => key === id)?.store;
  if (!store) return;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'store.toml'), writeStoreToml(tomlTableFromPlain(store.metadata)));
}

async function restoreBuildpack(id: string, { buildpacks }: CacheMetadata, request: RestoreRequest): Promise<void> {
  const dir = join(request.layersDir, escapeBuildpackId(id));
  const inImage = layersOf(request.previous?.buildpacks ?? [], id);
  const inCache = layersOf(buildpacks, id);
  for (const [name, layer] of Object.entries(inImage)) {
    const cached = inCache[name];
    if (!comesFromImage(layer, cached, request)) continue;
    if (cached?.cache !== true) writeMetadata(dir, name, layer);
    // RST-06: data that is not the image's is worse than none.
    else if (cached.sha === layer.sha) await restoreData({ id, name, dir, layer, sha: cached.sha }, request);
    else request.report({ type: 'debug', message: `Not restoring ${id}:${name}: the cache has another version of it` });
  }
  for (const [name, layer] of Object.entries(inCache)) {
    if (!comesFromCache(layer, name in inImage, request)) continue;
    await restoreData({ id, name, dir, layer, sha: layer.sha }, request);
  }
}

/** By id, whatever the version (RST-09, RST-19). */
function layersOf(buildpacks: readonly BuildpackLayers[], id: string): BuildpackLayers['layers'] {
  return buildpacks.find(({ key }) => key === id)?.layers ?? {};
}

/** RST-04 */
function comesFromImage(
  layer: LayerRecord,
  cached: LayerRecord | undefined,
  { reuseLaunchLayers }: RestoreRequest,
): boolean {
  if (!layer.launch || (layer.build && !layer.cache)) return false;
  return layer.cache ? cached?.cache === true : reuseLaunchLayers || cached?.cache === true;
}

/** RST-05: a launch layer that the image lost, since Platform API 0.14. */
function comesFromCache(
  layer: LayerRecord,
  isInImage: boolean,
  { platformApi = currentPlatformApi }: RestoreRequest,
): boolean {
  return layer.cache && (!layer.launch || (!isInImage && atLeast(platformApi, '0.14')));
}

interface RestorableLayer {
  readonly id: string;
  readonly name: string;
  readonly dir: string;
  readonly layer: LayerRecord;
  readonly sha: string;
}

/** Metadata and data, both or neither (RST-07, RST-08: the reference leaves the metadata of a layer that it cannot read). */
async function restoreData({ id, name, dir, layer, sha }: RestorableLayer, request: RestoreRequest): Promise<void> {
  const { cache, report } = request;
  const done = await cache?.restore({ buildpack: id, name, sha });
  if (done?.restored === true) {
    writeMetadata(dir, name, layer);
    report({ type: 'layer', name: `${id}:${name}`, action: 'restored' });
    return;
  }
  await removeTree(join(dir, name));
  if (existsSync(join(dir, `${name}.toml`))) rmSync(join(dir, `${name}.toml`));
  if (done) report({ type: 'warning', message: `Not restoring ${id}:${name}: ${done.reason}` });
}

function writeMetadata(dir: string, name: string, { data }: LayerRecord): void {
  mkdirSync(dir, { recursive: true });
  const metadata = data === null ? undefined : tomlTableFromPlain(data);
  writeFileSync(join(dir, `${name}.toml`), writeRestoredLayerMetadata(metadata));
}
