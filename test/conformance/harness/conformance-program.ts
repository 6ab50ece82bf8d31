// Runs scenarios one after the other in a private mount namespace, at the paths of the specification: sandbox.ts starts it.
// Reads /io/task.json, appends a line of JSON for each scenario to /io/answers.jsonl.
import { appendFileSync, readFileSync } from 'node:fs';
import type { BuildAnswer, ScenarioAnswer } from './answer.ts';
import { collectAnswer } from './collect-answer.ts';
import { creatorCommand, rebaserCommand, type LifecycleCommand } from './creator-command.ts';
import { emptyDirectory, places, prepareBuild, prepareMachine } from './materialize.ts';
import { runImage } from './run-image.ts';
import type { OwnNumbers } from './own-numbers.ts';
import { packRecorded } from './pack-recorded.ts';
import { pushImage, startRegistry, stopRegistry } from './registry.ts';
import { rebaseCommand, runCommand, runCommands } from './run-command.ts';
import { runOurs } from './run-ours.ts';
import { runPhases, type BuildRan } from './run-phases.ts';
import { runReference, type Ran } from './run-reference.ts';
import type { Scenario } from './scenario.ts';
import type { CacheImageLeft } from './collect-cache-image.ts';
import type { Answered, SandboxTask } from './sandbox.ts';

const task = JSON.parse(readFileSync('/io/task.json', 'utf8')) as SandboxTask;
process.umask(0o022);
for (const [index, scenario] of task.scenarios.entries()) {
  const answered = await answerOf(scenario, task.recorded?.[index] ?? []);
  appendFileSync('/io/answers.jsonl', `${JSON.stringify(answered)}\n`);
}

/** Who does a step: a build, or a rebase after them. */
function handOf(step: number): SandboxTask['side'] {
  const other = task.side === 'ours' ? 'reference' : 'ours';
  return task.turns === 'crossed' && step % 2 === 1 ? other : task.side;
}

async function run(command: LifecycleCommand, step: number): Promise<Ran> {
  return handOf(step) === 'reference' ? runReference(command) : await runOurs(command);
}

async function rebase(scenario: Scenario, flags: readonly string[], step: number): Promise<Ran> {
  const command = task.turns === 'command' ? rebaseCommand(flags) : undefined;
  return command === undefined ? await run(rebaserCommand(scenario, flags), step) : runCommand(command);
}

/** What was done, and what came of it. */
interface Steps {
  readonly builds: BuildAnswer[];
  readonly outputs: string[];
  readonly unpackable: string[];
  found: OwnNumbers | undefined;
  cacheBefore: CacheImageLeft | undefined;
}

async function answerOf(scenario: Scenario, recorded: ScenarioAnswer): Promise<Answered> {
  const registry = scenario.registry ? await startRegistry() : undefined;
  await prepareMachine(scenario);
  const steps: Steps = { builds: [], outputs: [], unpackable: [], found: undefined, cacheBefore: undefined };
  const collect = async ({ exit, output, ...facts }: BuildRan): Promise<void> => {
    steps.outputs.push(output);
    const { found, cacheBefore } = steps;
    const left = await collectAnswer(exit, { found, cacheBefore, registry: registry !== undefined });
    steps.builds.push({ ...left.answer, ...facts });
    steps.found = left.written;
    steps.cacheBefore = left.cacheWritten;
  };
  if (scenario.commands === undefined) await threeBuilds({ scenario, recorded, steps, collect });
  else await collect(runCommands(scenario.commands));
  for (const { onto, flags } of scenario.rebases ?? []) {
    await emptyDirectory(places.layers);
    await emptyDirectory(places.probe);
    await pushImage('new', await runImage(onto));
    await collect(await rebase(scenario, flags, steps.builds.length));
  }
  if (registry) await stopRegistry(registry);
  const { builds, outputs, unpackable } = steps;
  return { answer: builds, outputs, unpackable };
}

async function threeBuilds({
  scenario,
  recorded,
  steps,
  collect,
}: {
  readonly scenario: Scenario;
  readonly recorded: ScenarioAnswer;
  readonly steps: Steps;
  readonly collect: (ran: BuildRan) => Promise<void>;
}): Promise<void> {
  const { builds, unpackable } = steps;
  for (const isChanged of [false, false, true]) {
    await prepareBuild(scenario, isChanged);
    const step = builds.length;
    const ran = scenario.phases
      ? await runPhases(scenario, (command) => run(command, step), steps.found)
      : await run(creatorCommand(scenario), step);
    await collect(ran);
    const expected = recorded[builds.length - 1];
    // Where ours ends otherwise that is the difference, and there may be nothing to pack.
    if (expected?.exit === ran.exit) unpackable.push(...packRecorded(expected));
  }
}
