import type { BuildServices, Buildpack } from '../buildpack/buildpack.ts';
import { defaultExecEnv } from '../cnb/exec-env.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import { openEnvironment } from '../environment/open-environment.ts';
import { packageVersion } from '../fs/package-root.ts';
import type { Image } from '../image/image.ts';
import type { WrittenImage } from '../image/place.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { BuildImage } from '../stack/build-image.ts';
import type { RunImage } from '../stack/run-image.ts';
import type { Scope } from '../store/scope.ts';
import { applyExtensions } from './apply-extensions.ts';
import { buildKey, hostEnvHash } from './build-key.ts';
import { findUnchanged, recordBuild, runImageInput } from './build-record.ts';
import { findBuildImage, openBuildRoot } from './build-root.ts';
import { buildGroup, groupEntry, type BuildPhaseResult } from './build.ts';
import { keepToolCaches } from './cache.ts';
import { chooseRunImage } from './choose-run-image.ts';
import type { BuildReport, CreateDependencies, CreateRequest, CreateResult } from './create-request.ts';
import { detectGroup, fillEnvironment } from './detect-group.ts';
import type { Detected } from './detect.ts';
import { createReport } from './create-report.ts';
import { exportImage, type Exported } from './export.ts';
import { readPreviousImage, rememberPreviousImage, type PreviousImage } from './previous-image.ts';
import { removeBindings } from './platform-directory.ts';
import { choosePreviousImage, keepLayers, restoreLayers } from './layers-between-builds.ts';
import { phaseClock, type PhaseClock } from './phase-clock.ts';
import { ResolvedInputs } from './resolve-inputs.ts';
import { rememberAnswers } from './remember-answers.ts';
import { requireLockedBuildpacks } from './locked-buildpacks.ts';
import { buildsForOthers, requireOneTarget } from './require-one-target.ts';

/**
 * A build, from a request to images that were written. Start reading here: what happens is what the phases of the platform
 * specification are called, in this order.
 */
export async function create(request: CreateRequest, deps: CreateDependencies): Promise<CreateResult> {
  const { store, signal } = deps;
  const scope = await store.scope({ scope: request.scope, target: scopeTarget(request) }, { signal });
  try {
    if (request.clearCache) await scope.clear();
    const key = once(() => buildKey(request, packageVersion()));
    const { image, report } =
      (await unchanged({ request, deps, scope, key })) ?? (await build({ request, deps, scope, key }));
    const written = await writeOutputs(image, request, deps);
    return { image, report, written };
  } finally {
    scope.release();
  }
}

/** Layers for one execution environment are not for another (ANA-15). */
function scopeTarget({ platform, execEnv = defaultExecEnv }: CreateRequest): string {
  return execEnv === defaultExecEnv ? formatPlatform(platform) : `${formatPlatform(platform)} ${execEnv}`;
}

interface Build {
  readonly request: CreateRequest;
  readonly deps: CreateDependencies;
  readonly scope: Scope;
  /** Made when it is asked for: it takes hashes of the whole source, which copying it gives for less. */
  readonly key: () => Promise<string>;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

type Made = Pick<CreateResult, 'image' | 'report'>;

async function unchanged({ request, deps, scope, key }: Build): Promise<Made | undefined> {
  // Who names a cache or an image to take layers from wants them to be used.
  const { refresh, cache, previousImage, bindings = [], extensions = [] } = request;
  const given = [...bindings, ...extensions];
  const anew = refresh === true || cache !== undefined || previousImage !== undefined || given.length > 0;
  const found = anew || scope.builds.isEmpty() ? undefined : await findUnchanged(await key(), { scope, request, deps });
  if (found === undefined) return undefined;
  deps.report({ type: 'info', message: 'Nothing changed since the last build: its image is taken again' });
  const report: BuildReport = {
    ...found.report,
    image: { ...found.report.image, name: request.name },
    outcome: 'unchanged',
    timings: [],
  };
  return { image: found.image, report };
}

async function build({ request, deps, scope, key }: Build): Promise<Made> {
  const { store, report } = deps;
  const clock = phaseClock(deps);
  const { lock } = request;
  const inputs = new ResolvedInputs(request.resolved ?? lock?.inputs ?? [], report, lock?.file);
  for (const input of request.inputs ?? []) inputs.add(input);
  clock.begin('analyze');
  const previous = await choosePreviousImage(request, () => readPreviousImage(scope, store));
  const buildImage = await findBuildImage(request, deps, inputs);
  const resolveRunImage = async (wish: CreateRequest['runImage'], pinned: string | undefined): Promise<RunImage> => {
    const found = await deps.resolveRunImage(wish, request.platform, pinned);
    if (buildImage !== undefined) requireOneTarget(buildImage, found, { crossBuilds: buildsForOthers(request) });
    return found;
  };
  // What was named is known now, and what it is decides which buildpacks can build for it (TGT-01); else the buildpacks name it.
  const pinnedImage = inputs.pinned(runImageInput);
  const named = request.runImage.kind === 'auto' ? undefined : await resolveRunImage(request.runImage, pinnedImage);
  const environment = await openBuildEnvironment({ request, deps, scope, key }, buildImage);
  try {
    await fillEnvironment(environment, request, { workspace: scope.document('workspace') });
    // Of what is built, whatever becomes of it meanwhile.
    await key();
    clock.begin('detect');
    const chosen = { ...request, ...(named && { target: named.target }) };
    const found = await detectGroup(environment, chosen, deps);
    if (lock !== undefined) await requireLockedBuildpacks(found.group, lock);
    const wish = chooseRunImage(request.runImage, found, report);
    const wished = named ?? (await resolveRunImage(wish, pinnedImage));
    inputs.add(wished.input);
    const { detected, runImage = wished } = await applyExtensions(found, {
      environment,
      request: { ...chosen, target: wished.target },
      deps,
      inputs,
      resolveRunImage: (place, pinned) => resolveRunImage({ kind: 'image', place }, pinned),
    });
    clock.begin('restore');
    const phases = { environment, request, deps, scope, key, inputs, clock, previous, detected, runImage };
    await restoreLayers(phases);
    const { built, exported } = await keepingToolCaches(phases, () => buildAndExport(phases));
    const document = createReport({ request, environment, detected, inputs, exported, runImage, timings: clock.end() });
    await rememberPreviousImage(exported.image, scope, store);
    await keepLayers(phases, built, exported);
    await recordIfPure(await key(), { scope, image: exported.image, document, detected, wish, hostEnv: deps.hostEnv });
    return { image: exported.image, report: document };
  } finally {
    await removeBindings(environment.paths.platform.host);
    await environment.close();
  }
}

async function openBuildEnvironment(
  { request, deps, scope }: Build,
  buildImage: BuildImage | undefined,
): Promise<BuildEnvironment> {
  const { store, report, signal } = deps;
  const { os, architecture: arch } = request.platform;
  const buildRoot = buildImage && (await openBuildRoot(buildImage, deps));
  return await (deps.openEnvironment ?? openEnvironment)({
    isolation: request.isolation,
    ...(buildRoot && { buildRoot }),
    ...(request.network && { network: request.network }),
    root: scope.environmentDir,
    store: store.dir,
    // What is filtered out of the source, such as .env, is not for buildpacks to see either.
    hidden: [request.source.root],
    target: { os, arch },
    report,
    ...(signal && { signal }),
  });
}

interface Phases extends Build {
  readonly environment: BuildEnvironment;
  readonly inputs: ResolvedInputs;
  readonly clock: PhaseClock;
  readonly previous: PreviousImage | undefined;
  readonly detected: Detected;
  readonly runImage: RunImage;
}

async function buildAndExport(
  phases: Phases,
): Promise<{ readonly built: BuildPhaseResult; readonly exported: Exported }> {
  const { environment, request, deps, scope, inputs, clock, previous, detected, runImage } = phases;
  const { store, report, signal, hostEnv } = deps;
  const { appPath } = request.source;
  clock.begin('build');
  const services: BuildServices = {
    resolve: (name, resolver) => inputs.resolve(name, resolver),
    toolchain: (toolchain, fill) => store.toolchains.ensure(toolchain, fill, { signal }),
    remember: rememberAnswers(store.resolutions, { now: deps.now, refresh: request.refresh ?? false }),
    sourceDir: request.source.root,
  };
  const built = await buildGroup(
    {
      group: detected.group,
      extensions: detected.extensions.map(groupEntry),
      plan: detected.plan,
      env: request.env,
      ...(request.operatorEnv && { operatorEnv: request.operatorEnv }),
      ...(request.bindings && { bindings: request.bindings }),
      target: runImage.target,
      appPath,
      execEnv: request.execEnv ?? defaultExecEnv,
      isolation: request.isolation,
    },
    { environment, services, hostEnv, report, signal },
  );
  clock.begin('export');
  const exported = await exportImage(
    {
      ...request,
      appPath,
      built,
      runImage,
      previous,
      ...(request.previousImage && { reusable: previous?.image }),
      execEnv: request.execEnv ?? defaultExecEnv,
      version: packageVersion(),
    },
    { environment, blobs: store.blobs, scope, report, signal },
  );
  return { built, exported };
}

async function keepingToolCaches<T>(
  { detected, environment, request, scope }: Phases,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (request.cache !== undefined) throw error;
    await keepToolCaches(detected.group, environment.paths.layers.host, scope.cachedLayers);
    throw error;
  }
}

/** Only a build in which everything that was asked is pure may be skipped next time. */
async function recordIfPure(
  key: string,
  {
    scope,
    image,
    document,
    detected,
    wish,
    hostEnv,
  }: {
    readonly scope: Scope;
    readonly image: Image;
    readonly document: BuildReport;
    readonly detected: Detected;
    readonly wish: ReturnType<typeof chooseRunImage>;
    readonly hostEnv: CreateDependencies['hostEnv'];
  },
): Promise<void> {
  const asked: readonly Buildpack[] = detected.trials.map(({ buildpack }) => buildpack);
  if (!asked.every(({ pure }) => pure !== undefined)) return;
  const hostEnvNames = [...new Set(asked.flatMap(({ pure }) => pure?.hostEnv ?? []))].toSorted();
  const facts = { hostEnvNames, hostEnv: hostEnvHash(hostEnvNames, hostEnv), runImage: wish, report: document };
  await recordBuild(key, { scope, image, facts });
}

async function writeOutputs(
  image: Image,
  { outputs }: CreateRequest,
  { report, signal }: CreateDependencies,
): Promise<readonly WrittenImage[]> {
  const written: WrittenImage[] = [];
  for (const output of outputs) {
    const { reference, digest } = await output.write(image, { report, signal });
    report({ type: 'output-written', place: reference, reference, digest });
    written.push({ reference, digest });
  }
  return written;
}
