// The program that runs a buildpack module in the build environment: `node buildpack-runner.js describe|detect|build REQUEST`.
// It leaves what bin/detect and bin/build of a CNB directory would leave, and an answer with what these files cannot say.
import { readFileSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { buildPlanTable } from '../cnb/build-plan.ts';
import { parseBuildpackPlan } from '../cnb/buildpack-plan.ts';
import { parseStoreToml } from '../cnb/store-toml.ts';
import { writeToml } from '../cnb/toml.ts';
import { plainTableFromToml } from '../cnb/toml-value.ts';
import { spawnLines } from '../fs/spawn.ts';
import type { BuildContext, BuildExecOptions, BuildpackDefinition, DetectContext } from './api.ts';
import { keyedLayers } from './keyed-layers.ts';
import { planFromResult } from './plan-from-result.ts';
import { importDefinition, UnusableModuleError } from './runner-import.ts';
import type { RunnerAnswer, RunnerContext, RunnerRequest } from './runner-protocol.ts';
import { writeBuildResult } from './write-build-result.ts';

interface Outcome {
  readonly exitCode: number;
  readonly answer: RunnerAnswer;
}

async function run(verb: string, request: RunnerRequest): Promise<Outcome> {
  const definition = await importDefinition(request);
  if (verb === 'describe') return { exitCode: 0, answer: { ok: true, definition } };
  if (request.run === undefined) throw new Error(`No context to ${verb} in`);
  if (verb === 'detect') return detect(definition, request.run);
  return build(definition, request.run);
}

async function detect(definition: BuildpackDefinition, context: RunnerContext): Promise<Outcome> {
  const result: unknown = await definition.detect(detectContext(context));
  if (!isDetectResult(result)) {
    throw new UnusableModuleError('detect() must return { pass: true } or { pass: false, reason: "…" }');
  }
  if (!result.pass) return { exitCode: 100, answer: { ok: true, reason: result.reason, wanted: result.wanted } };
  writeFileSync(variable('CNB_BUILD_PLAN_PATH'), writeToml(buildPlanTable(planFromResult(result))));
  return { exitCode: 0, answer: { ok: true, reason: result.reason, stack: result.stack } };
}

function isDetectResult(value: unknown): value is Awaited<ReturnType<BuildpackDefinition['detect']>> {
  return typeof value === 'object' && value !== null && 'pass' in value && typeof value.pass === 'boolean';
}

async function build(definition: BuildpackDefinition, context: RunnerContext): Promise<Outcome> {
  const result: unknown = await definition.build(buildContext(context));
  if (typeof result !== 'object' || result === null) {
    throw new UnusableModuleError('build() must return an object, for example { processes: [] }');
  }
  writeBuildResult(variable('CNB_LAYERS_DIR'), result);
  return { exitCode: 0, answer: { ok: true } };
}

function detectContext({ appDir, workspaceDir, buildpackDir, target }: RunnerContext): DetectContext {
  return { appDir, workspaceDir, platformDir: variable('CNB_PLATFORM_DIR'), buildpackDir, env: environment(), target };
}

function buildContext(context: RunnerContext): BuildContext {
  const layersDir = variable('CNB_LAYERS_DIR');
  const { entries } = parseBuildpackPlan(readFileSync(variable('CNB_BP_PLAN_PATH')), 'the buildpack plan');
  return {
    ...detectContext(context),
    appImageDir: context.appImageDir,
    layersDir,
    layersImageDir: context.layersImageDir,
    plan: entries.map(({ name, metadata }) => ({ name, metadata: plainTableFromToml(metadata) })),
    store: readStore(`${layersDir}/store.toml`),
    layer: keyedLayers({ dir: layersDir, imageDir: context.layersImageDir, moved: context.moved }),
    exec: (argv, options = {}) => execute(argv, context, options),
    log: (line) => show(line),
  };
}

async function execute(
  argv: readonly string[],
  { appDir }: RunnerContext,
  options: BuildExecOptions,
): Promise<Awaited<ReturnType<BuildContext['exec']>>> {
  const { cwd = appDir, input, show: shown = true } = options;
  const { exitCode, stdout, stderr } = await spawnLines(argv, {
    env: { ...environment(), ...options.env },
    cwd,
    ...(input !== undefined && { input }),
    ...(shown && { onLine: show }),
  });
  return { exitCode, stdout, stderr };
}

/** Our parent reads the lines and reports them. */
function show(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readStore(file: string): Record<string, unknown> {
  try {
    return plainTableFromToml(parseStoreToml(readFileSync(file), file));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Variable ${name} is not set`);
  return value;
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const [verb = '', file = ''] = process.argv.slice(2);
// Our own file, written for this run.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const request = JSON.parse(readFileSync(file, 'utf8')) as RunnerRequest;
let outcome: Outcome;
try {
  outcome = await run(verb, request);
} catch (error) {
  const problem = error instanceof Error ? error.message : String(error);
  // Its parent shows standard error to the author of the buildpack.
  if (!(error instanceof UnusableModuleError)) process.stderr.write(`${inspect(error)}\n`);
  outcome = { exitCode: 1, answer: { ok: false, problem } };
}
writeFileSync(request.answer, JSON.stringify(outcome.answer));
// Not by the end of the event loop: a timer or a connection that the buildpack left open must not hold up the build.
// oxlint-disable-next-line unicorn/no-process-exit
process.exit(outcome.exitCode);
