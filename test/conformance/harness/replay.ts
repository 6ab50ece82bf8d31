import type { ScenarioAnswer } from './answer.ts';
import { readScenario, scenarioNames } from './read-scenarios.ts';
import { inputsDigest, readRecorded, readRecordedSeeds } from './recorded-answers.ts';
import { buildPacker } from './build-packer.ts';
import { runScenarios } from './run-scenarios.ts';
import type { Answered } from './sandbox.ts';
import type { Scenario } from './scenario.ts';

export interface Replayed {
  readonly scenario: Scenario;
  readonly reference: { readonly answer: ScenarioAnswer };
  readonly ours: Answered | undefined;
}

/** Every recorded scenario through ours, with what the reference answered. Throws where inputs are no longer those that were recorded. */
export async function replay(isWanted: (scenario: Scenario) => boolean = () => true): Promise<readonly Replayed[]> {
  const recorded = [...recordedScenarios()].filter(({ scenario }) => isWanted(scenario));
  const ours = await runScenarios(
    'ours',
    recorded.map(({ scenario }) => scenario),
    { recorded: recorded.map(({ answer }) => answer), packer: buildPacker() },
  );
  return recorded.map(({ scenario, answer }, index) => ({ scenario, reference: { answer }, ours: ours[index] }));
}

function* recordedScenarios(): Generator<{ readonly scenario: Scenario; readonly answer: ScenarioAnswer }> {
  for (const name of scenarioNames()) {
    const scenario = readScenario(name);
    yield { scenario, answer: current(scenario, readRecorded(name)?.recorded) };
  }
  for (const [scenario, answer] of readRecordedSeeds().seeds) yield { scenario, answer: current(scenario, answer) };
}

function current(
  scenario: Scenario,
  recorded: { readonly inputs: string; readonly answer: ScenarioAnswer } | undefined,
): ScenarioAnswer {
  if (recorded?.inputs === inputsDigest(scenario)) return recorded.answer;
  throw new Error(`The reference has not answered ${scenario.name} as it is now: record it again`);
}
