import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Buildpack, BuildOutcome, BuiltLayer, RanBuildpack } from '../buildpack/buildpack.ts';
import { isLayerName } from '../buildpack/read-layers.ts';
import { toolCacheName } from '../buildpack/keyed-layers.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import { asMaps, writeJson } from '../cnb/json.ts';
import { parseLayerMetadata } from '../cnb/layer-metadata.ts';
import { jsonFromToml } from '../cnb/toml-json.ts';
import type { TomlTable } from '../cnb/toml-value.ts';
import type { Report } from '../events.ts';
import { readRegularFile } from '../fs/read-regular-file.ts';
import type { CachedLayers, LayerToCache } from '../store/cached-layers.ts';
import type { LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import { cachedSboms } from './restorable-cache.ts';

export interface CacheRequest {
  readonly outputs: readonly { readonly buildpack: RanBuildpack; readonly outcome: BuildOutcome }[];
  readonly metadata: LifecycleMetadata;
  readonly cachedLayers: CachedLayers;
  /** Host path of `<layers>`. */
  readonly layersDir: string;
  readonly report: Report;
}

/** After a build that succeeded: keeps the layers that asked for it (CAC-10) and forgets all others. */
export async function cacheLayers(request: CacheRequest): Promise<void> {
  const { outputs, metadata, cachedLayers, layersDir, report } = request;
  const sboms = join(layersDir, 'sbom', 'cache');
  const layers: LayerToCache[] = existsSync(sboms) ? [{ ...cachedSboms, metadata: '{}', from: sboms, by: 'move' }] : [];
  for (const { buildpack, outcome } of outputs) {
    const { id } = buildpack.descriptor;
    const exported = metadata.buildpacks.find(({ key }) => key === id)?.layers ?? {};
    for (const layer of outcome.layers.filter(({ cache }) => cache)) {
      if (layer.hasDirectory) layers.push(toCache(layer, id, exported[layer.name]?.sha));
      else report({ type: 'warning', message: `Cannot cache layer ${id}:${layer.name}: it has no directory` });
    }
  }
  await cachedLayers.replaceAll(layers);
}

function toCache(
  { name, path, launch, build, metadata }: BuiltLayer,
  buildpack: string,
  diffId?: string,
): LayerToCache {
  const toolCache = isToolCache(metadata);
  const facts = { launch, build, data: jsonFromToml(metadata ?? {}), diffId, toolCache };
  // The directory is thrown away otherwise: it can be moved whoever made it.
  return { buildpack, name, from: path, by: 'move', metadata: writeJson(asMaps(facts)) };
}

/** After a build that failed: tools' own caches are given back, so that mending a typing error does not cost a cold build. */
export async function keepToolCaches(
  group: readonly Buildpack[],
  layersDir: string,
  cachedLayers: CachedLayers,
): Promise<void> {
  for (const { descriptor } of group) {
    const dir = join(layersDir, escapeBuildpackId(descriptor.id));
    for (const name of toolCachesIn(dir)) {
      const facts = { launch: false, build: false, data: { [toolCacheName]: true }, toolCache: true };
      await cachedLayers.put({
        buildpack: descriptor.id,
        name,
        from: join(dir, name),
        by: 'move',
        metadata: writeJson(asMaps(facts)),
      });
    }
  }
}

function toolCachesIn(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((file) => file.endsWith('.toml'))
    .filter((file) => isToolCache(readMetadata(join(dir, file))))
    .map((file) => basename(file, '.toml'))
    .filter((name) => isLayerName(name) && existsSync(join(dir, name)));
}

function readMetadata(file: string): TomlTable | undefined {
  try {
    return parseLayerMetadata(readRegularFile(file), file).metadata;
  } catch {
    // Half-written by the build that failed: nothing to keep then.
    return undefined;
  }
}

function isToolCache(metadata: TomlTable | undefined): boolean {
  return metadata?.[toolCacheName] === true;
}
