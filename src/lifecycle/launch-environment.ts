import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvDir } from '../buildpack/read-env-dir.ts';
import type { BuildOutcome, RanBuildpack, BuiltLayer } from '../buildpack/buildpack.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import { applyEnvFiles, applyLayerPaths, launchPathVariables, type Env } from '../cnb/env-modification.ts';

export interface LaunchEnvironmentRequest {
  readonly base: Env;
  readonly outputs: readonly { readonly buildpack: RanBuildpack; readonly outcome: BuildOutcome }[];
  readonly processType: string;
  /** `<layers>` in the image. */
  readonly layersDir: string;
  /** Changes build paths to image paths. */
  readonly text: (text: string) => string;
}

/**
 * The environment that the launcher would start a process in (ENV-07): all layers' directories of a buildpack first, then its
 * layers' env, env.launch and env.launch/<type>.
 */
export function launchEnvironment(request: LaunchEnvironmentRequest): Env {
  const { base, outputs, processType, layersDir, text } = request;
  return outputs.reduce<Env>((env, { buildpack, outcome }) => {
    const layers = launchLayers(outcome);
    const withPaths = layers.reduce<Env>(
      (current, layer) => applyPaths(current, layer, `${layersDir}/${escapeBuildpackId(buildpack.descriptor.id)}`),
      env,
    );
    return layers.reduce<Env>((current, layer) => applyFiles(current, layer, { processType, text }), withPaths);
  }, base);
}

function launchLayers(outcome: BuildOutcome): readonly BuiltLayer[] {
  return outcome.layers
    .filter(({ launch, hasDirectory }) => launch && hasDirectory)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function applyPaths(env: Env, layer: BuiltLayer, directory: string): Env {
  const path = `${directory}/${layer.name}`;
  const present = Object.keys(launchPathVariables).filter((name) => exists(join(layer.path, name)));
  return applyLayerPaths(env, { path, present }, launchPathVariables);
}

function applyFiles(
  env: Env,
  layer: BuiltLayer,
  { processType, text }: Pick<LaunchEnvironmentRequest, 'processType' | 'text'>,
): Env {
  return ['env', 'env.launch', join('env.launch', processType)].reduce<Env>((current, directory) => {
    const path = join(layer.path, directory);
    const files = exists(path) ? readEnvDir(path) : [];
    return applyEnvFiles(
      current,
      files.map(({ name, content }) => ({ name, content: text(content) })),
    );
  }, env);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
