import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import { parseJson } from '../cnb/json.ts';
import { writeRestoredLayerMetadata } from '../cnb/layer-metadata.ts';
import { writeStoreToml } from '../cnb/store-toml.ts';
import { tomlTableFromPlain } from '../cnb/toml-value.ts';
import type { Report } from '../events.ts';
import type { CachedLayer, CachedLayers } from '../store/cached-layers.ts';
import { previousLayersOf, type PreviousImage } from './previous-image.ts';

export interface RestoreRequest {
  readonly group: readonly Buildpack[];
  readonly previous: PreviousImage | undefined;
  /**
   * Whether a layer of the previous image may be taken without its directory. Not where the environment is written into the image's
   * config: it is read from the layers' files.
   */
  readonly reuseLaunchLayers: boolean;
  /** Host path of `<layers>`. */
  readonly layersDir: string;
  readonly cachedLayers: CachedLayers;
  readonly report: Report;
}

/** What we keep to know of a cached layer. */
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

/**
 * Puts back what the group's buildpacks left in the last build, where they look for it — the decision table of
 * https://github.com/buildpacks/spec/blob/main/buildpack.md#layer-types (RST-01 to RST-07): metadata without types for
 * launch layers that the image has, data only from the cache, and only when it is the image's.
 */
export async function restore(request: RestoreRequest): Promise<void> {
  const cached = await request.cachedLayers.list();
  for (const buildpack of request.group) {
    const { id } = buildpack.descriptor;
    const dir = join(request.layersDir, escapeBuildpackId(id));
    mkdirSync(dir, { recursive: true });
    restoreStore(request.previous, id, dir);
    const own = cached.filter((layer) => layer.buildpack === id);
    if (request.reuseLaunchLayers) restoreLaunchMetadata({ previous: request.previous, id, dir });
    for (const layer of own) await restoreCachedLayer(layer, dir, request);
  }
}

/** FTT rows stand in the cache too, with their data; what is launch only, or launch and build rebuilt, is decided here. */
function restoreLaunchMetadata({
  previous,
  id,
  dir,
}: {
  readonly previous: PreviousImage | undefined;
  readonly id: string;
  readonly dir: string;
}): void {
  for (const [name, layer] of Object.entries(previousLayersOf(previous, id))) {
    if (!layer.launch || layer.build || layer.cache) continue;
    const metadata = tomlTableFromPlain(layer.data ?? {});
    writeFileSync(join(dir, `${name}.toml`), writeRestoredLayerMetadata(metadata));
  }
}

async function restoreCachedLayer(layer: CachedLayer, dir: string, request: RestoreRequest): Promise<void> {
  const facts = parseFacts(layer.metadata);
  if (facts === undefined || !isCurrent(layer, facts, request.previous)) return;
  const { buildpack, name } = layer;
  const found = await request.cachedLayers.restore(layer, join(dir, name), facts.toolCache ? 'move' : 'copy');
  if (!found) return;
  writeFileSync(join(dir, `${name}.toml`), writeRestoredLayerMetadata(tomlTableFromPlain(facts.data)));
  request.report({ type: 'layer', name: `${buildpack}:${name}`, action: 'restored' });
}

/** A layer of the image comes back only as the image has it (RST-06); one that the image lost, from the cache alone (RST-05). */
function isCurrent(layer: CachedLayer, facts: CachedLayerFacts, previous: PreviousImage | undefined): boolean {
  const inImage = previousLayersOf(previous, layer.buildpack)[layer.name];
  return !facts.launch || inImage === undefined || inImage.sha === facts.diffId;
}

/** store.toml comes back whatever happens to the layers (LYR-15, RST-11). */
function restoreStore(previous: PreviousImage | undefined, id: string, dir: string): void {
  const store = previous?.metadata.buildpacks.find(({ key }) => key === id)?.store;
  if (store) writeFileSync(join(dir, 'store.toml'), writeStoreToml(tomlTableFromPlain(store.metadata)));
}

function parseFacts(text: string): CachedLayerFacts | undefined {
  try {
    const result = v.safeParse(factsSchema, parseJson(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
