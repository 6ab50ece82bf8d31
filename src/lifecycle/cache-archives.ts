import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltLayer, RanBuildpack } from '../buildpack/buildpack.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { CacheMetadata } from '../cnb/cache-metadata.ts';
import type { BuildpackLayers, LayerRecord } from '../cnb/lifecycle-metadata.ts';
import { jsonFromToml } from '../cnb/toml-json.ts';
import type { PathPair } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import { createLayer } from '../layer/create-layer.ts';
import { diffIdOf } from '../layer/diff-id.ts';
import { directoryEntries } from '../layer/directory-entries.ts';
import type { BlobSink } from '../layer/blob-sink.ts';
import type { Layer } from '../layer/layer.ts';
import { parentEntries, type EntryOwner, type TarEntry } from '../layer/tar-entry.ts';
import type { BuildPhaseResult } from './build.ts';
import type { Exported } from './export.ts';
import type { CachedArchive, LayerCache } from './layer-cache.ts';

export interface CacheArchivesRequest {
  readonly outputs: BuildPhaseResult['outputs'];
  /** Layers of the image are not packed twice: equal files, equal archives (CAC-16). */
  readonly exported: Pick<Exported, 'layers'>;
  readonly cache: LayerCache;
  readonly layers: PathPair;
  readonly owner: EntryOwner;
  readonly compression: 'gzip' | 'none';
  readonly blobs: BlobSink;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** After a build that succeeded: keeps the layers that asked for it, and their SBOM files. What goes wrong only warns (CAC-11). */
export async function cacheArchives(request: CacheArchivesRequest): Promise<void> {
  try {
    const known = await request.cache.metadata();
    const archives: CachedArchive[] = [];
    const buildpacks: BuildpackLayers[] = [];
    for (const { buildpack, outcome } of request.outputs) {
      const cached = outcome.layers.filter(({ cache }) => cache);
      buildpacks.push(await cacheBuildpack({ buildpack, layers: cached, known, archives }, request));
    }
    const sbom = await cacheSboms(known, archives, request);
    await request.cache.commit({ sbom: { sha: sbom }, buildpacks }, archives);
  } catch (error) {
    request.signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    request.report({ type: 'warning', message: `The cache stays as it was: ${why}` });
  }
}

interface CacheBuildpackParts {
  readonly buildpack: RanBuildpack;
  readonly layers: readonly BuiltLayer[];
  readonly known: CacheMetadata;
  readonly archives: CachedArchive[];
}

async function cacheBuildpack(parts: CacheBuildpackParts, request: CacheArchivesRequest): Promise<BuildpackLayers> {
  const { id, version } = parts.buildpack.descriptor;
  const before = parts.known.buildpacks.find(({ key }) => key === id)?.layers ?? {};
  const records: Record<string, LayerRecord> = {};
  for (const built of parts.layers) {
    const { name, launch, build, cache, metadata, hasDirectory } = built;
    if (!hasDirectory) {
      request.report({ type: 'warning', message: `Cannot cache layer ${id}:${name}: it has no directory` });
      continue;
    }
    const exported = request.exported.layers.find((one) => one.name === `${id}:${name}`);
    const path = `${escapeBuildpackId(id)}/${name}`;
    const layer = exported?.layer ?? (await pack({ path, name: `${id}:${name}`, before: before[name]?.sha }, request));
    parts.archives.push({ layer, createdBy: `Layer: '${name}', Created by buildpack: ${id}@${version}` });
    records[name] = {
      sha: layer.diffId,
      data: metadata === undefined ? null : jsonFromToml(metadata),
      build,
      launch,
      cache,
    };
  }
  return { key: id, version, layers: records };
}

/** CAC-13 */
async function cacheSboms(
  known: CacheMetadata,
  archives: CachedArchive[],
  request: CacheArchivesRequest,
): Promise<string> {
  const path = 'sbom/cache';
  if (!existsSync(join(request.layers.host, path))) return '';
  const layer = await pack({ path, name: 'cached SBOM files', before: known.sbom.sha }, request);
  archives.push({ layer, createdBy: 'Software Bill-of-Materials' });
  return layer.diffId;
}

interface ToPack {
  /** Below `<layers>`. */
  readonly path: string;
  readonly name: string;
  readonly before: string | undefined;
}

/** Takes the archive that is kept already when nothing changed (CAC-12). */
async function pack({ path, name, before }: ToPack, request: CacheArchivesRequest): Promise<Layer> {
  const { cache, layers, owner, compression, blobs, report, signal } = request;
  const inImage = `${layers.image}/${path}`;
  const entries = function* (): Generator<TarEntry> {
    yield* parentEntries(inImage, owner);
    yield* directoryEntries(join(layers.host, path), inImage, { ...owner, report });
  };
  const kept = before ? await cache.layer(before) : undefined;
  if (kept && (await diffIdOf(entries(), signal)) === kept.diffId && (await cache.intact(kept.diffId))) return kept;
  return createLayer(entries(), { sink: blobs, name, report, compression, signal });
}
