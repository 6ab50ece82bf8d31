import { join } from 'node:path';
import type { Target } from '../buildpack/api.ts';
import type { Buildpack, BuildOutcome, BuildServices, RanBuildpack } from '../buildpack/buildpack.ts';
import { within } from '../buildpack/buildpack-variables.ts';
import { childFiles } from '../buildpack/child-files.ts';
import type { ApiVersion } from '../cnb/api-version.ts';
import { atLeast, currentPlatformApi } from '../cnb/api-version.ts';
import type { PlanRequire } from '../cnb/build-plan.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { EnvFile } from '../cnb/env-modification.ts';
import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { GroupEntry } from '../cnb/group.ts';
import { writeGroup } from '../cnb/group.ts';
import type { LaunchMetadata, StoredBomEntry } from '../cnb/launch-metadata.ts';
import { processFor, writeLaunchMetadata } from '../cnb/launch-metadata.ts';
import type { ResolvedPlan } from '../cnb/plan.ts';
import { writePlan } from '../cnb/plan.ts';
import type { BuildEnvironment, Isolation } from '../environment/build-environment.ts';
import type { Report } from '../events.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { LayerChanges } from './buildpack-environment.ts';
import { buildpackEnvironment, readLayerChanges } from './buildpack-environment.ts';
import { hideLaterLayers } from './later-layers.ts';
import { makeOwnDirectory, replaceFile } from './layers-directory.ts';
import { mergeProcesses } from './merge-processes.ts';
import { withBindingRoot, writePlatformDirectory, type Binding } from './platform-directory.ts';
import { requireFit } from './require-fit.ts';
import { routeSboms } from './route-sboms.ts';

export interface BuildPhaseRequest {
  readonly group: readonly Buildpack[];
  /** Image extensions that took part: only for the image's label. @default none */
  readonly extensions?: readonly GroupEntry[];
  readonly plan: ResolvedPlan;
  /** The user's build variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: Target;
  /** The application inside the workspace, `/`-separated, `.` when it is the workspace. */
  readonly appPath: string;
  /** @default 'production' */
  readonly execEnv?: string;
  /** @default the newest */
  readonly platformApi?: ApiVersion;
  /** Files of `<build-config>/env`. */
  readonly operatorEnv?: readonly EnvFile[];
  readonly bindings?: readonly Binding[];
  /** The isolation that was asked for. @default 'auto' */
  readonly isolation?: Isolation | 'auto';
}

export interface BuildDependencies {
  readonly environment: BuildEnvironment;
  readonly services: BuildServices;
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

export interface BuildPhaseResult {
  /** One for each buildpack, in the order of the group. */
  readonly outputs: readonly { readonly buildpack: RanBuildpack; readonly outcome: BuildOutcome }[];
  /** As written to `<layers>/config/metadata.toml`. */
  readonly launchMetadata: LaunchMetadata;
}

/**
 * Runs the buildpacks of a group, strictly in order; the first that fails ends the build (BLD-01). Writes group.toml, plan.toml,
 * config/metadata.toml and the SBOM files of the layers directory.
 * Throws BUILDPACK_FAILED, BUILD_OUTPUT_INVALID, ISOLATION_UNAVAILABLE, and what built-in buildpacks throw.
 */
export async function buildGroup(request: BuildPhaseRequest, deps: BuildDependencies): Promise<BuildPhaseResult> {
  const { environment, report } = deps;
  const layersDir = environment.paths.layers.host;
  const entries = request.group.map(groupEntry);
  for (const buildpack of request.group) requireFit(buildpack, environment, request.isolation ?? 'auto');
  if (!environment.given) await writeInputs(request, entries, environment);
  const { platformApi = currentPlatformApi } = request;
  if (atLeast(platformApi, '0.8')) await removeTree(join(layersDir, 'sbom'));

  const outputs = await runInOrder(request, deps);
  await routeSboms(outputs, environment.paths, platformApi);
  const members = { buildpacks: entries, extensions: request.extensions ?? [] };
  const launchMetadata = launchMetadataOf(members, outputs, { platformApi, report });
  await makeOwnDirectory(join(layersDir, 'config'), { empty: true });
  await replaceFile(join(layersDir, 'config', 'metadata.toml'), writeLaunchMetadata(launchMetadata, platformApi));
  return { outputs, launchMetadata };
}

/** What a platform would have put there. */
async function writeInputs(
  { env, bindings, plan, extensions = [] }: BuildPhaseRequest,
  entries: readonly GroupEntry[],
  { paths }: BuildEnvironment,
): Promise<void> {
  await writePlatformDirectory(paths.platform.host, withBindingRoot(env, bindings, paths.platform), bindings);
  await replaceFile(join(paths.layers.host, 'group.toml'), writeGroup({ group: entries, groupExtensions: extensions }));
  await replaceFile(join(paths.layers.host, 'plan.toml'), writePlan(plan));
}

async function runInOrder(request: BuildPhaseRequest, deps: BuildDependencies): Promise<BuildPhaseResult['outputs']> {
  const { environment } = deps;
  const outputs: { readonly buildpack: Buildpack; readonly outcome: BuildOutcome }[] = [];
  const changes: LayerChanges[] = [];
  const later = hideLaterLayers(request.group, environment);
  let { plan } = request;
  try {
    for (const buildpack of request.group) {
      await later.show(buildpack);
      const wishes = wishesOf(plan, buildpack.descriptor.id);
      const outcome = await runBuild(buildpack, { request, deps, wishes, changes });
      outputs.push({ buildpack, outcome });
      plan = withoutMet(plan, wishes, outcome.unmet);
      changes.push(...layerChanges(buildpack, outcome, environment));
    }
  } finally {
    await later.showAll();
  }
  return outputs;
}

export function groupEntry({ descriptor: { id, version, apiText, homepage } }: Buildpack): GroupEntry {
  return { id, version, api: apiText, ...(homepage !== undefined && { homepage }) };
}

interface RunContext {
  readonly request: BuildPhaseRequest;
  readonly deps: BuildDependencies;
  readonly wishes: readonly PlanRequire[];
  readonly changes: readonly LayerChanges[];
}

async function runBuild(buildpack: Buildpack, { request, deps, wishes, changes }: RunContext): Promise<BuildOutcome> {
  const { environment, services, hostEnv, report, signal } = deps;
  const { target, execEnv = defaultExecEnv } = request;
  const { paths } = environment;
  const user = withBindingRoot(request.env, request.bindings, paths.platform);
  const layers = within(paths.layers, escapeBuildpackId(buildpack.descriptor.id));
  await makeOwnDirectory(layers.host);
  const home = paths.home.inside;
  const inputs = { hostEnv, home, image: environment.env, user, operator: request.operatorEnv, target, execEnv };
  const env = buildpackEnvironment(buildpack, inputs, changes);
  const app = within(paths.app, request.appPath);
  return buildpack.build({ environment, app, env, target, hostEnv, report, signal, layers, plan: wishes, services });
}

/** What earlier buildpacks left unmet of what this one provides; by id, as the reference looks it up (BLD-06). */
function wishesOf(plan: ResolvedPlan, id: string): readonly PlanRequire[] {
  return plan.entries
    .filter(({ providers }) => providers.some((provider) => provider.extension !== true && provider.id === id))
    .flatMap(({ requires }) => requires);
}

/** Everything that the buildpack was given is met, except what it names (BLD-07). */
function withoutMet(plan: ResolvedPlan, given: readonly PlanRequire[], unmet: readonly string[]): ResolvedPlan {
  const met = new Set(given.map(({ name }) => name).filter((name) => !unmet.includes(name)));
  return { entries: plan.entries.filter(({ requires }) => !requires.some(({ name }) => met.has(name))) };
}

function layerChanges(
  buildpack: Buildpack,
  outcome: BuildOutcome,
  { paths }: BuildEnvironment,
): readonly LayerChanges[] {
  const own = within(paths.layers, escapeBuildpackId(buildpack.descriptor.id));
  return readLayerChanges(outcome.layers, childFiles(paths), own.inside);
}

function launchMetadataOf(
  members: Pick<LaunchMetadata, 'buildpacks' | 'extensions'>,
  outputs: BuildPhaseResult['outputs'],
  { platformApi, report }: { readonly platformApi: ApiVersion; readonly report: Report },
): LaunchMetadata {
  const { processes, defaultType, warnings } = mergeProcesses(
    outputs.map(({ buildpack, outcome }) => ({ buildpackId: buildpack.descriptor.id, processes: outcome.processes })),
  );
  for (const message of warnings) report({ type: 'warning', message });
  return {
    ...members,
    labels: outputs.flatMap(({ outcome }) => outcome.labels),
    processes: processes.map((process) => processFor(process, platformApi)),
    slices: outputs.flatMap(({ outcome }) => outcome.slices),
    ...(defaultType !== undefined && { defaultProcessType: defaultType }),
    ...(!atLeast(platformApi, '0.9') && { bom: outputs.flatMap(launchBom) }),
  };
}

/** SBM-15 */
function launchBom({ buildpack, outcome }: BuildPhaseResult['outputs'][number]): readonly StoredBomEntry[] {
  const { id, version } = buildpack.descriptor;
  return outcome.bom.launch.map((entry) => ({ ...entry, buildpack: { id, version } }));
}
