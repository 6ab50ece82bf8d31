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
import { runOurs } from './run-ours.ts';
import { runReference, type Ran } from './run-reference.ts';
import type { Scenario } from './scenario.ts';
import type { Answered, SandboxTask } from './sandbox.ts';

const task = JSON.parse(readFileSync('/io/task.json', 'utf8')) as SandboxTask;
process.umask(0o022);
for (const [index, scenario] of task.scenarios.entries()) {
  const answered = await answerOf(scenario, task.recorded?.[index] ?? []);
  appendFileSync('/io/answers.jsonl', `${JSON.stringify(answered)}\n`);
}

async function run(command: LifecycleCommand, side: SandboxTask['side'] = task.side): Promise<Ran> {
  return side === 'reference' ? runReference(command) : await runOurs(command);
}

async function answerOf(scenario: Scenario, recorded: ScenarioAnswer): Promise<Answered> {
  const registry = scenario.registry ? await startRegistry() : undefined;
  await prepareMachine(scenario);
  const builds: BuildAnswer[] = [];
  const outputs: string[] = [];
  const unpackable: string[] = [];
  let found: OwnNumbers | undefined;
  for (const isChanged of [false, false, true]) {
    await prepareBuild(scenario, isChanged);
    const { exit, output } = await run(creatorCommand(scenario));
    outputs.push(output);
    const collected = await collectAnswer(exit, { found, registry: registry !== undefined });
    builds.push(collected.answer);
    found = collected.written;
    const expected = recorded[builds.length - 1];
    // Where ours ends otherwise that is the difference, and there may be nothing to pack.
    if (expected?.exit === exit) unpackable.push(...packRecorded(expected));
  }
  const other = task.side === 'ours' ? 'reference' : 'ours';
  for (const [index, { onto, flags }] of (scenario.rebases ?? []).entries()) {
    await emptyDirectory(places.layers);
    await emptyDirectory(places.probe);
    await pushImage('new', await runImage(onto));
    const { exit, output } = await run(
      rebaserCommand(scenario, flags),
      task.crossed && index % 2 === 0 ? other : task.side,
    );
    outputs.push(output);
    const collected = await collectAnswer(exit, { found, registry: true });
    builds.push(collected.answer);
    found = collected.written;
  }
  if (registry) await stopRegistry(registry);
  return { answer: builds, outputs, unpackable };
}
