// Runs scenarios one after the other in a private mount namespace, at the paths of the specification: sandbox.ts starts it.
// Reads /io/task.json, appends a line of JSON for each scenario to /io/answers.jsonl.
import { appendFileSync, readFileSync } from 'node:fs';
import type { BuildAnswer, ScenarioAnswer } from './answer.ts';
import { collectAnswer } from './collect-answer.ts';
import { prepareBuild, prepareMachine } from './materialize.ts';
import type { OwnNumbers } from './own-numbers.ts';
import { runOurs } from './run-ours.ts';
import { runReference } from './run-reference.ts';
import type { Scenario } from './scenario.ts';
import type { SandboxTask } from './sandbox.ts';

const task = JSON.parse(readFileSync('/io/task.json', 'utf8')) as SandboxTask;
process.umask(0o022);
for (const scenario of task.scenarios) {
  const outputs: string[] = [];
  const answer = await answerOf(scenario, outputs);
  appendFileSync('/io/answers.jsonl', `${JSON.stringify({ answer, outputs })}\n`);
}

async function answerOf(scenario: Scenario, outputs: string[]): Promise<ScenarioAnswer> {
  await prepareMachine(scenario);
  const builds: BuildAnswer[] = [];
  let found: OwnNumbers | undefined;
  for (const isChanged of [false, false, true]) {
    await prepareBuild(scenario, isChanged);
    const { exit, output } = task.side === 'reference' ? runReference(scenario) : await runOurs(scenario);
    outputs.push(output);
    const collected = await collectAnswer(exit, found);
    builds.push(collected.answer);
    found = collected.written;
  }
  return builds;
}
