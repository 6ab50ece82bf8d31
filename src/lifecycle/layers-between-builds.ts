import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import type { RunImage } from '../stack/run-image.ts';
import type { Scope } from '../store/scope.ts';
import type { BuildPhaseResult } from './build.ts';
import { cacheArchives } from './cache-archives.ts';
import { cacheLayers } from './cache.ts';
import type { CreateDependencies, CreateRequest } from './create-request.ts';
import type { Detected } from './detect.ts';
import type { Exported } from './export.ts';
import { isForExecEnv, previousImageOf, type PreviousImage } from './previous-image.ts';
import { archivedCache, storeCache } from './restorable-cache.ts';
import { restore } from './restore.ts';
import { fetchPreviousSboms } from './restore-sboms.ts';

export interface BetweenBuilds {
  readonly request: CreateRequest;
  readonly deps: CreateDependencies;
  readonly scope: Scope;
  readonly environment: BuildEnvironment;
  readonly previous: PreviousImage | undefined;
  readonly detected: Detected;
  readonly runImage: RunImage;
}

/** The restore phase of a build, from the cache that was asked for, else from the store's. */
export async function restoreLayers({
  environment,
  request,
  deps,
  scope,
  previous,
  detected,
}: BetweenBuilds): Promise<void> {
  const { layers } = environment.paths;
  const { report, signal } = deps;
  const { cache, skipRestore = false } = request;
  if (!skipRestore) await fetchPreviousSboms(previous, layers, { report, signal });
  await restore({
    group: detected.group.map(({ descriptor }) => descriptor.id),
    previous: previous?.metadata,
    reuseLaunchLayers: request.launcher !== 'none',
    layersDir: layers.host,
    cache: cache ? archivedCache(cache, layers, signal) : storeCache(scope.cachedLayers, layers.host),
    skipLayers: skipRestore,
    report,
  });
}

/** In the cache that was asked for, else in the store's, which takes the directories themselves. */
export async function keepLayers(
  { environment, request, deps, scope, runImage }: BetweenBuilds,
  { outputs }: BuildPhaseResult,
  exported: Exported,
): Promise<void> {
  const { layers } = environment.paths;
  const { store, report, signal } = deps;
  const { cache, compression } = request;
  if (cache === undefined) {
    const { cachedLayers } = scope;
    await cacheLayers({ outputs, metadata: exported.metadata, cachedLayers, layersDir: layers.host, report });
    return;
  }
  const owner = runImage.buildUser;
  await cacheArchives({ outputs, exported, cache, layers, owner, compression, blobs: store.blobs, report, signal });
}

/** The image that the user named, else the one that the last build of the scope made. */
export async function choosePreviousImage(
  { previousImage, execEnv = defaultExecEnv }: CreateRequest,
  last: () => Promise<PreviousImage | undefined>,
): Promise<PreviousImage | undefined> {
  if (previousImage === undefined) return last();
  const image = await previousImage();
  return image && isForExecEnv(image, execEnv) ? previousImageOf(image) : undefined;
}
