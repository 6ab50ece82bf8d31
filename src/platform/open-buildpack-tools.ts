import { parsePlatform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import type { BuildpackTools } from './buildpack-tools.ts';
import { Places } from './places.ts';
import { defaultPlatform } from '../oci/select-platform.ts';

/** For commands about buildpacks and builders. `platform` is what the user typed. */
export function openBuildpackTools(
  store: Store,
  surroundings: Surroundings,
  platform: string | undefined,
): BuildpackTools {
  const places = new Places({ store, surroundings });
  return {
    store,
    surroundings,
    places,
    platform: platform === undefined ? defaultPlatform() : parsePlatform(platform),
  };
}
