import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildEnvironment, ExecResult, PathPair } from '../environment/build-environment.ts';
import { detectHost } from '../environment/detect-host.ts';
import { openEnvironment } from '../environment/open-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Buildpack, BuildOutcome, BuildRequest, DetectOutcome, RunRequest } from './buildpack.ts';
import { buildVariables, detectVariables } from './buildpack-variables.ts';
import { childFiles } from './child-files.ts';
import { definitionDescriptor } from './definition-descriptor.ts';
import type { CheckedAnswer } from './describe-module.ts';
import { parseAnswer, parseDescribed } from './describe-module.ts';
import { detectExit, failedToRun, LastLines } from './detect-exit.ts';
import { readPlan, refuseFailure } from './directory-buildpack.ts';
import { movedPaths } from './map-paths.ts';
import type { ModuleFiles, ReadyModule, RunnerFiles } from './module-files.ts';
import { readableFor, readyModule } from './module-files.ts';
import { moduleFingerprint } from './module-fingerprint.ts';
import { readBuildOutput } from './read-build-output.ts';
import { withRunDirectory } from './run-files.ts';
import type { RunnerContext, RunnerRequest, RunnerVerb } from './runner-protocol.ts';
import { writeBuildpackPlan } from '../cnb/buildpack-plan.ts';

export interface ModuleOptions {
  readonly runner: RunnerFiles;
  /** Where it is asked what it is. @default an environment for this question alone */
  readonly environment?: BuildEnvironment;
  readonly signal?: AbortSignal;
}

interface Module {
  readonly files: ModuleFiles;
  readonly ready: ReadyModule;
  readonly runner: RunnerFiles;
  readonly descriptor: Buildpack['descriptor'];
}

/**
 * A `defineBuildpack` module. It never runs in our process, which holds credentials: a child in the build environment imports it.
 * Throws BUILDPACK_INVALID when it is no buildpack.
 */
export async function moduleBuildpack(files: ModuleFiles, options: ModuleOptions): Promise<Buildpack> {
  const { runner } = options;
  const ready = await readyModule(files, runner);
  const definition = parseDescribed(await describe({ files, ready, runner }, options), files.entry);
  const module: Module = { files, ready, runner, descriptor: definitionDescriptor(definition) };
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

async function describe(module: Omit<Module, 'descriptor'>, options: ModuleOptions): Promise<unknown> {
  const { environment, signal } = options;
  const run = environment === undefined ? describeAlone : describeIn(environment);
  const { result, answer } = await run(module, signal);
  if (answer?.ok === true && result.exitCode === 0) return answer.definition;
  const why = answer?.problem ?? `importing it ended with status ${result.exitCode}`;
  throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot use buildpack "${module.files.entry}": ${why}`, {
    ...(result.stderr !== '' && { detail: result.stderr.trimEnd() }),
    hint: "It looks like this: export default defineBuildpack({ id: 'acme/hello', version: '1.0.0', detect, build })",
  });
}

interface Described {
  readonly result: ExecResult;
  readonly answer: CheckedAnswer | undefined;
}

type Describe = (module: Omit<Module, 'descriptor'>, signal: AbortSignal | undefined) => Promise<Described>;

function describeIn(environment: BuildEnvironment): Describe {
  return (module, signal) =>
    withRunDirectory(environment, { id: 'module', phase: 'describe' }, async (dir) => {
      const argv = prepare('describe', module, { dir });
      const result = await environment.exec(argv, {
        env: bareEnvironment(environment.paths.home.inside),
        cwd: dir.inside,
        readable: readableFor(module.files, module.runner),
        ...(signal && { signal }),
      });
      return { result, answer: parseAnswer(childFiles(environment.paths).read(join(dir.host, answerFile))) };
    });
}

/** In an environment of its own, which hides what can be hidden on this machine, while there is no build yet. */
const describeAlone: Describe = async (module, signal) => {
  const dir = mkdtempSync(join(tmpdir(), 'tsbuildpack-describe-'));
  try {
    const environment = await openEnvironment(
      {
        isolation: 'auto',
        root: join(dir, 'environment'),
        store: join(dir, 'store'),
        target: await detectHost(),
        report: () => undefined,
        ...(signal && { signal }),
      },
      // Never /workspace and /layers themselves: another build may have them.
      { base: dir },
    );
    try {
      return await describeIn(environment)(module, signal);
    } finally {
      await environment.close();
    }
  } finally {
    await removeTree(dir);
  }
};

function bareEnvironment(home: string): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home };
}

const answerFile = 'answer.json';

interface Preparation {
  readonly dir: PathPair;
  readonly run?: RunnerContext;
}

/** Writes what the runner needs to its run directory and gives its command line. */
function prepare(
  verb: RunnerVerb,
  { ready, runner }: Omit<Module, 'descriptor'>,
  { dir, run }: Preparation,
): readonly string[] {
  if ('code' in ready) writeFileSync(join(dir.host, 'module.mjs'), ready.code);
  const request: RunnerRequest = {
    module: 'code' in ready ? `${dir.inside}/module.mjs` : ready.file,
    api: runner.api,
    answer: `${dir.inside}/${answerFile}`,
    ...(run && { run }),
  };
  writeFileSync(join(dir.host, 'request.json'), JSON.stringify(request));
  return [process.execPath, '--enable-source-maps', runner.runner, verb, `${dir.inside}/request.json`];
}

async function detect(module: Module, request: RunRequest): Promise<DetectOutcome> {
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
      const argv = prepare('detect', module, { dir, run: contextOf(module, request) });
      const { exitCode } = await execute(module, request, {
        argv,
        variables: detectVariables(files),
        onLine: (line) => lines.add(line),
      });
      const answer = parseAnswer(childFiles(paths).read(join(dir.host, answerFile)));
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
  const { reason, wanted } = answer;
  if (outcome.result === 'fail') return { ...outcome, ...(reason && { reason }), ...(wanted && { wanted }) };
  return outcome.result === 'pass' && reason ? { ...outcome, reason } : outcome;
}

async function build(module: Module, request: BuildRequest): Promise<BuildOutcome> {
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
      argv: prepare('build', module, { dir, run }),
      variables: buildVariables(files),
      onLine: (line, stream) => report({ type: 'output', source: descriptor.id, stream, line }),
    });
    const answer = parseAnswer(childFiles(paths).read(join(dir.host, answerFile)));
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

function execute(module: Module, request: RunRequest, { argv, variables, onLine }: Execution): Promise<ExecResult> {
  const { environment, app, env, signal } = request;
  return environment.exec(argv, {
    env: { ...env, ...variables },
    cwd: app.inside,
    onLine,
    readable: readableFor(module.files, module.runner),
    ...(signal && { signal }),
  });
}

function contextOf(module: Module, { environment: { paths }, app, target }: RunRequest): RunnerContext {
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
