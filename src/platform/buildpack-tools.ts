import type { Buildpack } from '../buildpack/buildpack.ts';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import type { Platform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';
import type { Places } from './places.ts';

/** What it takes to fetch buildpacks. */
export interface BuildpackTools {
  readonly store: Store;
  readonly places: Places;
  readonly surroundings: Surroundings;
  /** What images are to be for: packages may differ by platform. */
  readonly platform: Platform;
  /** What a build is for, where orders tell. @default 'production' */
  readonly execEnv?: string | undefined;
  /** What another build resolved, by name. */
  readonly pinned?: ReadonlyMap<string, string> | undefined;
}

export interface FoundBuildpack {
  readonly buildpack: Buildpack;
  /** Its own directory on this machine; of a module the one it is in. */
  readonly dir: string;
}

/** What a locator leads to: one buildpack, with those that come along for composites to find. */
export interface FoundBuildpacks {
  readonly main: FoundBuildpack;
  /** All of them, the main one too. */
  readonly all: readonly FoundBuildpack[];
  /** What it was resolved to, where that floats. */
  readonly input?: ResolvedInput;
}
