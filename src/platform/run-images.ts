import { parsePlace } from '../image/place.ts';
import type { CreateDependencies } from '../lifecycle/create-request.ts';
import type { BuildImage, BuildImageWish } from '../stack/build-image.ts';
import type { Platform } from '../oci/platform.ts';
import { resolveBuildImage } from '../stack/resolve-build-image.ts';
import { resolveRunImage, type ResolveRunImageOptions } from '../stack/resolve-run-image.ts';
import type { RunImage, RunImageWish } from '../stack/run-image.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import { Places } from './places.ts';
import { resolveMirrored } from './run-image-mirrors.ts';
import type { Settings } from './settings.ts';
import { stackWays } from './stack-ways.ts';

type StackSettings = Pick<Settings, 'debian-mirror' | 'stack-images'> & { readonly refresh?: boolean };

/** What everything about stacks is resolved with. */
export function imageOptions(
  store: Store,
  surroundings: Surroundings,
  settings: StackSettings,
): Omit<ResolveRunImageOptions, 'pinned'> & Required<Pick<ResolveRunImageOptions, 'env' | 'ways'>> {
  const { report, now, env, signal } = surroundings;
  const places = new Places({ store, surroundings });
  return {
    store,
    report,
    now,
    env,
    signal,
    refresh: settings.refresh,
    ways: stackWays(settings),
    openPlace: (place) => places.source(parsePlace(place)),
  };
}

/** Resolves run images: our stacks, and images wherever they are. */
export function openRunImages(
  store: Store,
  surroundings: Surroundings,
  settings: StackSettings,
): CreateDependencies['resolveRunImage'] {
  const options = imageOptions(store, surroundings, settings);
  return (wish, platform, pinned) => {
    const resolve = (one: RunImageWish): Promise<RunImage> => resolveRunImage(one, platform, { ...options, pinned });
    if (wish.kind !== 'image' || wish.mirrors === undefined) return resolve(wish);
    const { report } = surroundings;
    return resolveMirrored(wish, { pinned, report, resolve: (place) => resolve({ kind: 'image', place }) });
  };
}

/** Resolves build images: the build halves of stacks, and images wherever they are. */
export function openBuildImages(
  store: Store,
  surroundings: Surroundings,
  settings: StackSettings,
): (wish: BuildImageWish, platform: Platform, pinned: string | undefined) => Promise<BuildImage> {
  const options = imageOptions(store, surroundings, settings);
  return (wish, platform, pinned) => resolveBuildImage(wish, platform, { ...options, pinned });
}
