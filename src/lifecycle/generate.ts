import { mkdirSync } from 'node:fs';
import type { Target } from '../buildpack/api.ts';
import type { Buildpack, GeneratedDockerfile } from '../buildpack/buildpack.ts';
import { within } from '../buildpack/buildpack-variables.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { EnvFile } from '../cnb/env-modification.ts';
import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { ResolvedPlan } from '../cnb/plan.ts';
import type { BuildEnvironment, PathPair } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { buildpackEnvironment } from './buildpack-environment.ts';
import { makeOwnDirectory } from './layers-directory.ts';
import { withBindingRoot, type Binding } from './platform-directory.ts';

export interface GeneratePhaseRequest {
  /** Of the group, in its order. */
  readonly extensions: readonly Buildpack[];
  readonly plan: ResolvedPlan;
  /** The user's build variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the run image as it was before. */
  readonly target: Target;
  /** The application inside the workspace, `/`-separated, `.` when it is the workspace. */
  readonly appPath: string;
  /** Files of `<build-config>/env`. */
  readonly operatorEnv?: readonly EnvFile[];
  readonly bindings?: readonly Binding[];
  /** Exists; each extension gets a directory in it. */
  readonly output: PathPair;
}

export interface GenerateDependencies {
  readonly environment: BuildEnvironment;
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** What came of all extensions together. */
export interface Generated {
  readonly dockerfiles: readonly OwnedDockerfile[];
  /** Without the entries that extensions meet. */
  readonly plan: ResolvedPlan;
  /** The run image that takes the place of the one before, exactly as an extension wrote it. */
  readonly runImage?: string;
  /** A Dockerfile changes the run image besides. */
  readonly extendsRunImage: boolean;
}

export interface OwnedDockerfile extends GeneratedDockerfile {
  readonly extension: Buildpack;
  /** One behind it takes another run image, so that it has no effect. */
  readonly isIgnored: boolean;
}

/**
 * Runs the extensions of a group, strictly in order; the first that fails ends the phase —
 * https://github.com/buildpacks/spec/blob/main/image_extension.md#phase-generation. They may run any program, so that whoever calls this
 * has to have a place for them to do it. Throws EXTENSION_FAILED, DOCKERFILE_INVALID, GENERATE_FAILED.
 */
export async function generate(request: GeneratePhaseRequest, deps: GenerateDependencies): Promise<Generated> {
  const written: Omit<OwnedDockerfile, 'isIgnored'>[] = [];
  let { plan } = request;
  for (const extension of request.extensions) {
    const outcome = await runExtension(extension, { ...request, plan }, deps);
    written.push(...outcome.map((dockerfile) => ({ ...dockerfile, extension })));
    plan = withoutMet(plan, extension.descriptor.id);
  }
  return { plan, ...chooseRunImage(written) };
}

async function runExtension(
  extension: Buildpack,
  { env, bindings, operatorEnv, target, appPath, output: outputs, plan }: GeneratePhaseRequest,
  { environment, hostEnv, report, signal }: GenerateDependencies,
): Promise<readonly GeneratedDockerfile[]> {
  const { id } = extension.descriptor;
  if (extension.generate === undefined)
    throw new TsbuildpackError('INTERNAL', `Cannot generate with buildpack "${id}"`);
  const { paths, given = false, env: image } = environment;
  const output = within(outputs, escapeBuildpackId(id));
  if (given) mkdirSync(output.host, { recursive: true });
  else await makeOwnDirectory(output.host, { empty: true });
  const user = withBindingRoot(env, bindings, paths.platform);
  const around = { hostEnv, home: paths.home.inside, image, user, operator: operatorEnv, target };
  return await extension.generate({
    environment,
    app: within(paths.app, appPath),
    env: buildpackEnvironment(extension, { ...around, execEnv: defaultExecEnv }),
    target,
    hostEnv,
    report,
    signal,
    output,
    plan: entriesOf(plan, id).flatMap(({ requires }) => requires),
  });
}

function entriesOf(plan: ResolvedPlan, id: string): ResolvedPlan['entries'] {
  return plan.entries.filter(({ providers }) =>
    providers.some((provider) => provider.extension === true && provider.id === id),
  );
}

/** An extension meets all that it was given, whatever it did (BLD-10). */
function withoutMet(plan: ResolvedPlan, id: string): ResolvedPlan {
  const met = new Set(entriesOf(plan, id).flatMap(({ requires }) => requires.map(({ name }) => name)));
  return { entries: plan.entries.filter(({ requires }) => !requires.some(({ name }) => met.has(name))) };
}

/** From the last run.Dockerfile to the first: the last that takes another image makes those before it void (EXT-11). */
function chooseRunImage(
  written: readonly Omit<OwnedDockerfile, 'isIgnored'>[],
): Pick<Generated, 'dockerfiles' | 'runImage' | 'extendsRunImage'> {
  const switching = written.findLastIndex(({ base }) => base !== undefined);
  const dockerfiles = written.map((dockerfile, index) => ({
    ...dockerfile,
    isIgnored: dockerfile.kind === 'run' && index < switching,
  }));
  const runImage = written[switching]?.base;
  return {
    dockerfiles,
    ...(runImage !== undefined && { runImage }),
    extendsRunImage: dockerfiles.some(
      ({ kind, isIgnored, instructions }) => kind === 'run' && !isIgnored && instructions.length > 0,
    ),
  };
}
