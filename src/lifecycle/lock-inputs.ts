import type { BuildServices } from '../buildpack/buildpack.ts';
import { within } from '../buildpack/buildpack-variables.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import type { RunImage } from '../stack/run-image.ts';
import { applyExtensions } from './apply-extensions.ts';
import { runImageInput } from './build-record.ts';
import { buildpackEnvironment } from './buildpack-environment.ts';
import { chooseRunImage } from './choose-run-image.ts';
import type { BuildLock, CreateDependencies, CreateRequest } from './create-request.ts';
import type { Detected } from './detect.ts';
import { withDetection } from './detect-only.ts';
import { makeOwnDirectory } from './layers-directory.ts';
import { lockedBuildpacks } from './locked-buildpacks.ts';
import { rememberAnswers } from './remember-answers.ts';
import { ResolvedInputs } from './resolve-inputs.ts';

export type LockRequest = Pick<
  CreateRequest,
  | 'source'
  | 'order'
  | 'extensions'
  | 'buildpacks'
  | 'env'
  | 'platform'
  | 'isolation'
  | 'buildImage'
  | 'network'
  | 'operatorEnv'
  | 'runImage'
  | 'inputs'
  | 'resolved'
> & {
  /** Go's words for every processor that the inputs have to do for. */
  readonly architectures: readonly string[];
};

/** Resolves all that floats in a build, newly and in the order in which the build does, and makes nothing. Throws as a build would. */
export async function lockInputs(
  request: LockRequest,
  deps: CreateDependencies,
): Promise<Pick<BuildLock, 'inputs' | 'buildpacks'>> {
  const inputs = new ResolvedInputs(request.resolved ?? [], deps.report);
  for (const input of request.inputs ?? []) inputs.add(input);
  return await withDetection(request, { deps, inputs }, async (found, environment) => {
    const wish = chooseRunImage(request.runImage, found, deps.report);
    const chosen = await deps.resolveRunImage(wish, request.platform, inputs.pinned(runImageInput));
    inputs.add(chosen.input);
    const { detected, runImage = chosen } = await applyExtensions(found, {
      environment,
      request: { ...request, target: chosen.target },
      deps,
      inputs,
      resolveRunImage: (place, pinned) => deps.resolveRunImage({ kind: 'image', place }, request.platform, pinned),
    });
    await resolveOfGroup(detected, { request, deps, inputs, environment, runImage });
    return { inputs: inputs.all(), buildpacks: await lockedBuildpacks(detected.group) };
  });
}

interface GroupParts {
  readonly request: LockRequest;
  readonly deps: CreateDependencies;
  readonly inputs: ResolvedInputs;
  readonly environment: BuildEnvironment;
  readonly runImage: RunImage;
}

async function resolveOfGroup({ group, plan }: Detected, parts: GroupParts): Promise<void> {
  const { request, deps, inputs, environment, runImage } = parts;
  const { hostEnv, report, signal, store } = deps;
  const { paths } = environment;
  const { target } = runImage;
  const services: BuildServices = {
    resolve: (name, resolver) => inputs.resolve(name, resolver),
    toolchain: (toolchain, fill) => store.toolchains.ensure(toolchain, fill, { signal }),
    remember: rememberAnswers(store.resolutions, { now: deps.now, refresh: true }),
    sourceDir: request.source.root,
    architectures: request.architectures,
  };
  for (const buildpack of group) {
    const { id } = buildpack.descriptor;
    const layers = within(paths.layers, escapeBuildpackId(id));
    await makeOwnDirectory(layers.host);
    const app = within(paths.app, request.source.appPath);
    const variables = { hostEnv, home: paths.home.inside, user: request.env, target, execEnv: defaultExecEnv };
    const env = buildpackEnvironment(buildpack, variables);
    const wishes = plan.entries
      .filter(({ providers }) => providers.some((provider) => provider.id === id))
      .flatMap(({ requires }) => requires);
    await buildpack.resolveInputs?.({
      environment,
      app,
      env,
      target,
      hostEnv,
      report,
      signal,
      layers,
      plan: wishes,
      services,
    });
  }
}
