import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../buildpack/api.ts';
import type { Buildpack, BuiltLayer } from '../buildpack/buildpack.ts';
import type { ChildFiles } from '../buildpack/child-files.ts';
import { readEnvDir } from '../buildpack/read-env-dir.ts';
import { atLeast } from '../cnb/api-version.ts';
import type { Env, EnvFile } from '../cnb/env-modification.ts';
import {
  applyEnvFiles,
  applyLayerPaths,
  applyUserEnv,
  buildPathVariables,
  passedToBuildpacks,
} from '../cnb/env-modification.ts';
import { targetVariables } from '../cnb/targets.ts';

export interface BuildpackEnvironmentInputs {
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  /** The home directory as a child sees it. */
  readonly home: string;
  /** The build image's own variables, where there is one: its programs are where its PATH says. */
  readonly image?: Env | undefined;
  /** The user's build variables. */
  readonly user: Env;
  /** Files of `<build-config>/env`, for every buildpack: without a suffix they are defaults (ENV-23). */
  readonly operator?: readonly EnvFile[] | undefined;
  readonly target: Target;
  readonly execEnv: string;
}

/** What the build layers of a buildpack change for those after it. */
export type LayerChanges = (env: Env) => Env;

// Where a shell looks when nobody says otherwise.
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment of a buildpack's detect or build, without the variables that name its files — from nothing, never from ours (ENV-01):
 * what may pass, the layers of buildpacks before it, the user's variables unless it wants none, the operator's, the target.
 */
export function buildpackEnvironment(
  buildpack: Buildpack,
  inputs: BuildpackEnvironmentInputs,
  changes: readonly LayerChanges[] = [],
): Env {
  const { descriptor } = buildpack;
  const around = inImage(fromHost(buildpack, inputs.hostEnv), inputs.image);
  const base: Env = { PATH: defaultPath, ...around, HOME: inputs.home };
  const withLayers = changes.reduce((env, change) => change(env), base);
  const withUser = descriptor.clearEnv ? withLayers : applyUserEnv(withLayers, inputs.user);
  const withOperator = applyEnvFiles(withUser, inputs.operator ?? [], { unsuffixed: 'default' });
  return {
    ...withOperator,
    ...(atLeast(descriptor.api, '0.10') && targetVariables(inputs.target)),
    ...(atLeast(descriptor.api, '0.12') && { CNB_EXEC_ENV: inputs.execEnv }),
  };
}

/** One that declares its inputs gets these and nothing else, so that they are its inputs. */
function fromHost({ pure }: Buildpack, hostEnv: BuildpackEnvironmentInputs['hostEnv']): Env {
  if (pure === undefined) return passedToBuildpacks(hostEnv);
  return Object.fromEntries(
    pure.hostEnv.flatMap((name) => {
      const value = hostEnv[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The machine's own paths mean nothing in an image, and the image's do: as a lifecycle would have them that runs inside. */
function inImage(host: Env, image: Env | undefined): Env {
  if (image === undefined) return host;
  const names = new Set(['CNB_STACK_ID', ...Object.values(buildPathVariables).flat()]);
  const kept = Object.entries(host).filter(([name]) => !names.has(name));
  return Object.fromEntries([...kept, ...Object.entries(image).filter(([name]) => names.has(name))]);
}

/**
 * Reads what build layers do to the environment, as they are now — root directories, then `env/`, then `env.build/`, layer by layer in
 * the order of their TOML files' names, so that the last layer comes first in a path (ENV-05 to ENV-07).
 */
export function readLayerChanges(
  layers: readonly BuiltLayer[],
  files: ChildFiles,
  insideDir: string,
): readonly LayerChanges[] {
  return layers
    .filter(({ build, hasDirectory }) => build && hasDirectory)
    .flatMap((layer): readonly LayerChanges[] => {
      const path = `${insideDir}/${layer.name}`;
      const present = Object.keys(buildPathVariables).filter((name) => isThere(join(layer.path, name), files));
      const shared = readEnvDir(join(layer.path, 'env'), files);
      const own = readEnvDir(join(layer.path, 'env.build'), files);
      return [
        (env) => applyLayerPaths(env, { path, present }, buildPathVariables),
        (env) => applyEnvFiles(env, shared),
        (env) => applyEnvFiles(env, own, { fallback: shared }),
      ];
    });
}

/** A link to a directory of the machine counts too, for who can see it. */
function isThere(path: string, files: ChildFiles): boolean {
  try {
    return files.resolve(path) !== undefined;
  } catch {
    return existsSync(path);
  }
}
