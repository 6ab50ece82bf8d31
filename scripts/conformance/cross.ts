import type { BuildAnswer } from '../../test/conformance/harness/answer.ts';
import { rebaseCommand } from '../../test/conformance/harness/run-command.ts';
import { runScenarios } from '../../test/conformance/harness/run-scenarios.ts';
import type { Answered, SandboxPrograms } from '../../test/conformance/harness/sandbox.ts';
import type { Scenario } from '../../test/conformance/harness/scenario.ts';
import { verdictOf, type Verdict } from './show-verdicts.ts';

/** What each side answered alone, by scenario. */
export interface Straight {
  readonly scenarios: readonly Scenario[];
  readonly reference: readonly Answered[];
  readonly ours: readonly Answered[];
}

/**
 * Both lifecycles by turns, whoever begins: each has to take the images, layers and caches that the other one left, build on them and
 * rebase them. What comes of it has to be what the reference makes of its own.
 */
export async function cross(straight: Straight, programs: SandboxPrograms): Promise<readonly Verdict[]> {
  const crossable = straight.scenarios
    .map((scenario, index) => ({ scenario, reference: straight.reference[index], ours: straight.ours[index] }))
    .filter(({ reference, ours }) => exitsOf(reference) === exitsOf(ours));
  const scenarios = crossable.map(({ scenario }) => scenario);
  const reference = crossable.map((one) => one.reference);
  const verdicts: Verdict[] = [];
  for (const side of ['reference', 'ours'] as const) {
    const answers = await runScenarios(side, scenarios, { ...programs, turns: 'crossed' });
    const first = side === 'ours' ? 'ours first' : 'the reference first';
    verdicts.push(
      ...scenarios.map((scenario, index) =>
        verdictOf({
          scenario: named(scenario, `by turns, ${first}`),
          reference: reference[index],
          ours: answers[index],
        }),
      ),
    );
  }
  return [...verdicts, ...(await rebaseByCommand(scenarios, reference, programs))];
}

/** Where one of them leaves nothing, the other has nothing to take. */
function exitsOf(answered: Answered | undefined): string {
  return answered?.answer.map(({ exit }) => exit).join(' ') ?? '';
}

/** `tsbuildpack rebase` on what the reference built. It follows the newest Platform API. */
async function rebaseByCommand(
  scenarios: readonly Scenario[],
  reference: readonly (Answered | undefined)[],
  programs: SandboxPrograms,
): Promise<readonly Verdict[]> {
  const all = scenarios.map((scenario, index) => ({ scenario, reference: reference[index] }));
  const rebased = all.filter(
    ({ scenario: { platformApi, rebases = [] } }) =>
      platformApi === undefined && rebases.some(({ flags }) => rebaseCommand(flags) !== undefined),
  );
  const answers = await runScenarios(
    'reference',
    rebased.map(({ scenario }) => scenario),
    { ...programs, turns: 'command' },
  );
  return rebased.map(({ scenario, reference: theirs }, index) =>
    verdictOf({
      scenario: named(scenario, 'with tsbuildpack rebase'),
      reference: theirs && asOfCommands(theirs),
      ours: answers[index] && asOfCommands(answers[index]),
    }),
  );
}

function named(scenario: Scenario, how: string): Scenario {
  return { ...scenario, name: `${scenario.name}, ${how}` };
}

/** A command for people writes no report for a platform, has statuses of its own for what is refused, and says `:latest` in a label. */
function asOfCommands(answered: Answered): Answered {
  const withoutReport = (build: BuildAnswer): BuildAnswer => {
    const { 'report.toml': _, ...documents } = build.documents;
    const text = JSON.stringify({ ...build, exit: Math.min(build.exit, 1), documents });
    return JSON.parse(text.replaceAll(/("\d+\.\d+\.\d+\.\d+:\d+\/\w+):latest"/g, '$1"')) as BuildAnswer;
  };
  return { ...answered, answer: answered.answer.map(withoutReport) };
}
