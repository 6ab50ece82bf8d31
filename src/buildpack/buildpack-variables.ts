import type { ApiVersion } from '../cnb/api-version.ts';
import { atLeast, currentBuildpackApi } from '../cnb/api-version.ts';
import type { PathPair } from '../environment/build-environment.ts';

/** The variables and positional arguments by which a buildpack finds its files. Reserved for us, so they win over everything (ENV-24). */
export interface DetectFiles {
  /** The buildpack's: the names are there since 0.8. @default the newest */
  readonly api?: ApiVersion;
  readonly buildpackDir: string;
  readonly platformDir: string;
  readonly planFile: string;
}

/** DET-03 to -05 */
export function detectVariables(files: DetectFiles): Record<string, string> {
  const { api = currentBuildpackApi, buildpackDir, platformDir, planFile } = files;
  if (!atLeast(api, '0.8')) return { CNB_BUILDPACK_DIR: buildpackDir };
  return { CNB_BUILDPACK_DIR: buildpackDir, CNB_PLATFORM_DIR: platformDir, CNB_BUILD_PLAN_PATH: planFile };
}

export interface BuildFiles extends DetectFiles {
  readonly layersDir: string;
}

/** BLD-03, ENV-26 */
export function buildVariables(files: BuildFiles): Record<string, string> {
  const { api = currentBuildpackApi, buildpackDir, platformDir, planFile, layersDir } = files;
  if (!atLeast(api, '0.8')) return { CNB_BUILDPACK_DIR: buildpackDir };
  return {
    CNB_BUILDPACK_DIR: buildpackDir,
    CNB_PLATFORM_DIR: platformDir,
    CNB_LAYERS_DIR: layersDir,
    CNB_BP_PLAN_PATH: planFile,
  };
}

/** A path below one that is in two places. */
export function within(pair: PathPair, relative: string): PathPair {
  if (relative === '' || relative === '.') return pair;
  return {
    host: `${pair.host}/${relative}`,
    inside: `${pair.inside}/${relative}`,
    image: `${pair.image}/${relative}`,
  };
}
