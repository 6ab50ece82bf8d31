import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { emptyCacheMetadata } from '../cnb/cache-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import { parsePlace, type Place } from '../image/place.ts';
import { cacheDirectory } from '../lifecycle/cache-directory.ts';
import { cacheImage } from '../lifecycle/cache-image.ts';
import type { CreateRequest } from '../lifecycle/create-request.ts';
import type { LayerCache } from '../lifecycle/layer-cache.ts';
import type { Platform } from '../oci/platform.ts';
import { parseReference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { openIfThere } from './open-if-there.ts';
import { Places } from './places.ts';

export interface KeptLayersOptions {
  readonly store: Store;
  readonly surroundings: Surroundings;
  readonly platform: Platform;
}

type Kept = Pick<CreateRequest, 'cache' | 'previousImage' | 'skipRestore'>;

/** Where layers of the last build come from and those of this one go, in place of the store: --cache-dir, --cache-image, --previous-image. */
export async function chooseKeptLayers(options: BuildOptions, tools: KeptLayersOptions): Promise<Kept> {
  const cache = await chooseCache(options, tools);
  const { previousImage } = options;
  return {
    ...(cache && { cache: options.clearCache ? emptied(cache) : cache }),
    ...(previousImage !== undefined && { previousImage: () => openNamed(previousImage, tools) }),
    ...(options.skipRestore === true && { skipRestore: true }),
  };
}

async function chooseCache(
  { cacheDir, cacheImage: name }: BuildOptions,
  tools: KeptLayersOptions,
): Promise<LayerCache | undefined> {
  if (cacheDir !== undefined && name !== undefined) {
    throw new TsbuildpackError('USAGE', `Cannot keep layers in "${cacheDir}" and in "${name}" at once`, {
      hint: 'Give one of --cache-dir and --cache-image',
    });
  }
  if (name !== undefined) return await imageCache(name, tools);
  if (cacheDir === undefined) return undefined;
  const dir = resolve(tools.surroundings.cwd, cacheDir);
  mkdirSync(dir, { recursive: true });
  return await cacheDirectory(dir);
}

async function imageCache(name: string, { store, surroundings, platform }: KeptLayersOptions): Promise<LayerCache> {
  const { report, signal } = surroundings;
  const places = new Places({ store, surroundings });
  const place = inRegistry(parsePlace(name));
  const names = 'reference' in place ? [place.reference] : [parseReference('cache')];
  return cacheImage({
    open: () => openIfThere(places, place, platform),
    sink: await places.sink(place, { names }),
    blobs: store.blobs,
    platform,
    report,
    signal,
  });
}

/** The store keeps layers anyway: a bare name can only be meant for a registry. */
function inRegistry(place: Place): Place {
  return place.kind === 'name' ? { kind: 'registry', reference: place.reference } : place;
}

async function openNamed(
  name: string,
  { store, surroundings, platform }: KeptLayersOptions,
): ReturnType<NonNullable<CreateRequest['previousImage']>> {
  const places = new Places({ store, surroundings });
  return await openIfThere(places, await places.settle(parsePlace(name)), platform);
}

/** --clear-cache: what is there counts for nothing and is replaced. */
function emptied(cache: LayerCache): LayerCache {
  return {
    metadata: () => Promise.resolve(emptyCacheMetadata),
    layer: () => Promise.resolve(undefined),
    intact: () => Promise.resolve(false),
    commit: (metadata, layers) => cache.commit(metadata, layers),
  };
}
