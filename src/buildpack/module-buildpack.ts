import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeBuildpackPlan } from '../cnb/buildpack-plan.ts';
import type { ExecResult } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Buildpack, BuildOutcome, BuildRequest, DetectOutcome, RunRequest } from './buildpack.ts';
import { buildVariables, detectVariables } from './buildpack-variables.ts';
import { childFiles } from './child-files.ts';
import { definitionDescriptor } from './definition-descriptor.ts';
import { describeModule } from './describe-module.ts';
import { detectExit, failedToRun, LastLines } from './detect-exit.ts';
import { readPlan, refuseFailure } from './directory-buildpack.ts';
import { movedPaths } from './map-paths.ts';
import type { ModuleFiles, RunnerFiles } from './module-files.ts';
import { readableFor, readyModule } from './module-files.ts';
import { moduleFingerprint } from './module-fingerprint.ts';
import type { KnownModule } from './module-run.ts';
import { prepareRun, readAnswer } from './module-run.ts';
import { readBuildOutput } from './read-build-output.ts';
import { withRunDirectory } from './run-files.ts';
import type { CheckedAnswer } from './runner-answer.ts';
import type { RunnerContext } from './runner-protocol.ts';

export interface ModuleOptions {
  readonly runner: RunnerFiles;
  readonly signal?: AbortSignal;
}

/**
 * A `defineBuildpack` module. It never runs in our process, which holds credentials: a child in the build environment imports it.
 * Throws BUILDPACK_INVALID when it is no buildpack.
 */
export async function moduleBuildpack(files: ModuleFiles, options: ModuleOptions): Promise<Buildpack> {
  const { runner, signal } = options;
  const ready = await readyModule(files, runner);
  const definition = await describeModule({ files, ready, runner }, signal);
  const module: KnownModule = { files, ready, runner, descriptor: definitionDescriptor(definition) };
  const { inputs, stacks, relocatable = false } = definition;
  return {
    kind: 'module',
    descriptor: module.descriptor,
    relocatable,
    ...(inputs && { pure: { hostEnv: inputs.hostEnv ?? [] } }),
    ...(stacks && { stacks }),
    fingerprint: async () => moduleFingerprint(files, ready),
    detect: (request) => detect(module, request),
    build: (request) => build(module, request),
  };
}

async function detect(module: KnownModule, request: RunRequest): Promise<DetectOutcome> {
  const { environment, signal } = request;
  const { paths } = environment;
  return withRunDirectory(environment, { id: module.descriptor.id, phase: 'detect' }, async (dir) => {
    const planFile = 'plan.toml';
    writeFileSync(join(dir.host, planFile), '');
    const files = {
      buildpackDir: module.files.root,
      platformDir: paths.platform.inside,
      planFile: `${dir.inside}/${planFile}`,
    };
    const lines = new LastLines();
    try {
      const argv = prepareRun('detect', module, { dir, run: contextOf(module, request) });
      const { exitCode } = await execute(module, request, {
        argv,
        variables: detectVariables(files),
        onLine: (line) => lines.add(line),
      });
      const answer = readAnswer(dir, environment);
      return outcomeOf({ exitCode, answer, lines, plan: () => readPlan(join(dir.host, planFile), environment) });
    } catch (error) {
      return failedToRun(error, { signal, lines });
    }
  });
}

interface Ended {
  readonly exitCode: number;
  readonly answer: CheckedAnswer | undefined;
  readonly lines: LastLines;
  readonly plan: () => ReturnType<typeof readPlan>;
}

function outcomeOf({ exitCode, answer, lines, plan }: Ended): DetectOutcome {
  const output = lines.list().join('\n');
  if (answer === undefined) {
    return { result: 'error', reason: `it ended with status ${exitCode} before detect() returned`, output };
  }
  if (!answer.ok) return { result: 'error', reason: answer.problem ?? 'detect() failed', output };
  const outcome = detectExit(exitCode, lines, plan);
  const { reason, wanted, stack } = answer;
  if (outcome.result === 'fail') return { ...outcome, ...(reason && { reason }), ...(wanted && { wanted }) };
  return outcome.result === 'pass' ? { ...outcome, ...(reason && { reason }), ...(stack && { stack }) } : outcome;
}

async function build(module: KnownModule, request: BuildRequest): Promise<BuildOutcome> {
  const { environment, layers, report } = request;
  const { paths } = environment;
  const { descriptor } = module;
  await withRunDirectory(environment, { id: descriptor.id, phase: 'build' }, async (dir) => {
    writeFileSync(join(dir.host, 'plan.toml'), writeBuildpackPlan({ entries: request.plan }));
    const files = {
      buildpackDir: module.files.root,
      platformDir: paths.platform.inside,
      layersDir: layers.inside,
      planFile: `${dir.inside}/plan.toml`,
    };
    const run = { ...contextOf(module, request), layersImageDir: layers.image };
    const result = await execute(module, request, {
      argv: prepareRun('build', module, { dir, run }),
      variables: buildVariables(files),
      onLine: (line, stream) => report({ type: 'output', source: descriptor.id, stream, line }),
    });
    const answer = readAnswer(dir, environment);
    refuseUnfinished(descriptor, result, answer);
  });
  return readBuildOutput({
    dir: layers.host,
    descriptor,
    planned: request.plan.map(({ name }) => name),
    files: childFiles(paths),
    report,
  });
}

function refuseUnfinished(
  descriptor: Buildpack['descriptor'],
  result: ExecResult,
  answer: CheckedAnswer | undefined,
): void {
  if (answer?.ok === true) refuseFailure(descriptor, result);
  if (answer?.ok === true) return;
  const why = answer?.problem ?? `it ended with status ${result.exitCode} before build() returned`;
  throw new TsbuildpackError(
    'BUILDPACK_FAILED',
    `Cannot build with buildpack "${descriptor.id}@${descriptor.version}": ${why}`,
    {
      hint: 'What it wrote above says why',
    },
  );
}

interface Execution {
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

function execute(
  module: KnownModule,
  request: RunRequest,
  { argv, variables, onLine }: Execution,
): Promise<ExecResult> {
  const { environment, app, env, signal } = request;
  const { network } = module.descriptor;
  return environment.exec(argv, {
    env: { ...env, ...variables },
    cwd: app.inside,
    onLine,
    readable: readableFor(module.files, module.runner),
    ...(network && { network }),
    ...(signal && { signal }),
  });
}

function contextOf(module: KnownModule, { environment: { paths }, app, target }: RunRequest): RunnerContext {
  return {
    appDir: app.inside,
    appImageDir: app.image,
    workspaceDir: paths.app.inside,
    buildpackDir: module.files.root,
    layersImageDir: paths.layers.image,
    target,
    moved: movedPaths(paths),
  };
}
