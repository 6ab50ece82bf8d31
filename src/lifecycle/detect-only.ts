import type { BuildEnvironment } from '../environment/build-environment.ts';
import { openEnvironment } from '../environment/open-environment.ts';
import type { Target } from '../buildpack/api.ts';
import { runImageInput } from './build-record.ts';
import { findBuildImage, openBuildRoot } from './build-root.ts';
import type { CreateDependencies, CreateRequest } from './create-request.ts';
import { detectGroup, fillEnvironment } from './detect-group.ts';
import type { Detected } from './detect.ts';
import { ResolvedInputs } from './resolve-inputs.ts';

export type DetectOnlyRequest = Pick<
  CreateRequest,
  | 'source'
  | 'order'
  | 'extensions'
  | 'buildpacks'
  | 'env'
  | 'bindings'
  | 'platform'
  | 'execEnv'
  | 'isolation'
  | 'buildImage'
  | 'network'
  | 'operatorEnv'
> & { readonly runImage?: CreateRequest['runImage'] };

/** The detect phase alone, in an environment of its own: nothing is built and nothing remembered. Throws as a build would. */
export async function detectOnly(request: DetectOnlyRequest, deps: CreateDependencies): Promise<Detected> {
  const inputs = new ResolvedInputs([], deps.report);
  return await withDetection(request, { deps, inputs }, (detected) => Promise.resolve(detected));
}

export interface WithDetectionOptions {
  readonly deps: CreateDependencies;
  readonly inputs: ResolvedInputs;
}

/** Detects in an environment of its own, which is there while `use` works. */
export async function withDetection<T>(
  request: DetectOnlyRequest,
  { deps, inputs }: WithDetectionOptions,
  use: (detected: Detected, environment: BuildEnvironment) => Promise<T>,
): Promise<T> {
  const directory = await deps.store.temporaryDirectory();
  try {
    const buildImage = await findBuildImage(request, deps, inputs);
    const buildRoot = buildImage && (await openBuildRoot(buildImage, deps));
    const environment = await openEnvironment({
      isolation: request.isolation,
      ...(buildRoot && { buildRoot }),
      ...(request.network && { network: request.network }),
      root: directory.path,
      store: deps.store.dir,
      // What is filtered out of the source, such as .env, is not for buildpacks to see either.
      hidden: [request.source.root],
      target: { os: request.platform.os, arch: request.platform.architecture },
      report: deps.report,
      ...(deps.signal && { signal: deps.signal }),
    });
    try {
      await fillEnvironment(environment, request);
      const target = await namedTarget(request, deps, inputs);
      return await use(await detectGroup(environment, { ...request, ...(target && { target }) }, deps), environment);
    } finally {
      await environment.close();
    }
  } finally {
    await directory.remove();
  }
}

/** What the run image says it is, where one is named: it decides which buildpacks can build for it (TGT-01). */
async function namedTarget(
  { runImage, platform }: DetectOnlyRequest,
  { resolveRunImage }: CreateDependencies,
  inputs: ResolvedInputs,
): Promise<Target | undefined> {
  if (runImage === undefined || runImage.kind === 'auto') return undefined;
  return (await resolveRunImage(runImage, platform, inputs.pinned(runImageInput))).target;
}
