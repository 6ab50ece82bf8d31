// `npm run conformance`: replays every scenario with ours and compares with what the reference lifecycle answered.
// `-- --reference DIR` runs both side by side, then by turns on each other's images and caches (cross.ts); DIR holds `lifecycle` and
// `launcher`, as a release of the lifecycle has them.
// `-- --reference DIR --random N [--seed S]` does so with N generated scenarios, by turns only with `--crossed`,
// `--record` keeps the reference's answers,
// `--only TEXT,TEXT…` takes the scenarios whose names have one of the texts in them, `--verbose` shows what both printed.
import { parseArgs } from 'node:util';
import { commandScenarios } from '../../test/conformance/harness/command-scenarios.ts';
import { generateScenario } from '../../test/conformance/harness/generate-scenario.ts';
import { readScenario, scenarioNames } from '../../test/conformance/harness/read-scenarios.ts';
import { writeRecorded, writeRecordedSeeds } from '../../test/conformance/harness/recorded-answers.ts';
import { replay } from '../../test/conformance/harness/replay.ts';
import { runScenarios } from '../../test/conformance/harness/run-scenarios.ts';
import type { Scenario } from '../../test/conformance/harness/scenario.ts';
import { cross } from './cross.ts';
import { referenceFacts } from './reference-facts.ts';
import { isFailed, showVerdicts, verdictOf, type Verdict } from './show-verdicts.ts';

const { values } = parseArgs({
  options: {
    reference: { type: 'string' },
    random: { type: 'string' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
    crossed: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});

/** Answers to generated scenarios so far. */
const seeds = new Map<number, Parameters<typeof writeRecorded>[1]>();

const verdicts = values.reference === undefined ? await recorded() : await live(values.reference);
showVerdicts(verdicts, { verbose: values.verbose });
if (verdicts.some(isFailed)) process.exitCode = 1;

function isWanted(name: string): boolean {
  return values.only.split(',').some((part) => name.includes(part));
}

async function recorded(): Promise<readonly Verdict[]> {
  if (values.record || values.random !== undefined)
    throw new Error('Say --reference DIR: only the reference’s answers are recorded');
  return (await replay(({ name }) => isWanted(name))).map((replayed) => verdictOf(replayed));
}

async function live(referenceDir: string): Promise<readonly Verdict[]> {
  const first = Number(values.seed);
  const count = Number(values.random ?? 0);
  const scenarios: readonly Scenario[] =
    count > 0
      ? Array.from({ length: count }, (_, index) => generateScenario(first + index))
      : [
          ...scenarioNames()
            .filter((name) => isWanted(name))
            .map(readScenario),
          // They hold our version, so there is nothing to record.
          ...(values.record ? [] : commandScenarios.filter(({ name }) => isWanted(name))),
        ];
  const all: Verdict[] = [];
  // In parts, so that what differs is seen while the rest runs.
  for (let index = 0; index < scenarios.length; index += 100) {
    all.push(...(await compareLive(scenarios.slice(index, index + 100), referenceDir)));
    if (count > 100)
      console.log(`${Math.min(index + 100, count)} of ${count}: ${all.filter(isFailed).length} different`);
  }
  return all;
}

async function compareLive(scenarios: readonly Scenario[], referenceDir: string): Promise<readonly Verdict[]> {
  const reference = await runScenarios('reference', scenarios, { referenceDir });
  if (values.record)
    record(
      scenarios,
      reference.map(({ answer }) => answer),
      referenceDir,
    );
  const ours = await runScenarios('ours', scenarios);
  const straight = scenarios.map((scenario, index) =>
    verdictOf({ scenario, reference: reference[index], ours: ours[index] }),
  );
  const isCrossed = values.random === undefined ? !values.record : values.crossed;
  return isCrossed ? [...straight, ...(await cross({ scenarios, reference, ours }, { referenceDir }))] : straight;
}

function record(
  scenarios: readonly Scenario[],
  answers: readonly Parameters<typeof writeRecorded>[1][],
  referenceDir: string,
): void {
  const facts = referenceFacts(referenceDir);
  for (const [index, scenario] of scenarios.entries()) {
    const answer = answers[index];
    if (answer === undefined) throw new Error(`The reference gave no answer to ${scenario.name}`);
    if (values.random === undefined) writeRecorded(scenario, answer, facts);
    else seeds.set(Number(scenario.name.replace('seed ', '')), answer);
  }
  if (seeds.size > 0) writeRecordedSeeds(seeds, facts);
}
