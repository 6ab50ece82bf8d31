import type { PathPair } from '../environment/build-environment.ts';

/** The variables and positional arguments by which a buildpack finds its files. Reserved for us, so they win over everything (ENV-24). */
export interface DetectFiles {
  readonly buildpackDir: string;
  readonly platformDir: string;
  readonly planFile: string;
}

/** DET-03 to -05 */
export function detectVariables({ buildpackDir, platformDir, planFile }: DetectFiles): Record<string, string> {
  return { CNB_BUILDPACK_DIR: buildpackDir, CNB_PLATFORM_DIR: platformDir, CNB_BUILD_PLAN_PATH: planFile };
}

export interface BuildFiles extends DetectFiles {
  readonly layersDir: string;
}

/** BLD-03, ENV-26 */
export function buildVariables({ buildpackDir, platformDir, planFile, layersDir }: BuildFiles): Record<string, string> {
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
