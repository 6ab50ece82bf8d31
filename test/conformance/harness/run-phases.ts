import type { BuildAnswer } from './answer.ts';
import { collectDetected } from './collect-answer.ts';
import { phaseCommands, type LifecycleCommand } from './creator-command.ts';
import type { OwnNumbers } from './own-numbers.ts';
import type { Ran } from './run-reference.ts';
import type { Scenario } from './scenario.ts';

/** How a build ended, and what was to be seen on its way. */
export interface BuildRan extends Ran, Pick<BuildAnswer, 'lastPhase' | 'detected'> {}

/** The phases one after the other, up to the first that fails; `found` is of the image that was there before. */
export async function runPhases(
  scenario: Scenario,
  run: (command: LifecycleCommand) => Promise<Ran>,
  found: OwnNumbers | undefined,
): Promise<BuildRan> {
  const outputs: string[] = [];
  let last: Omit<BuildRan, 'output'> = { exit: 0 };
  for (const command of phaseCommands(scenario)) {
    const { exit, output } = await run(command);
    outputs.push(`${command.name}: ${output}`);
    last = { ...last, exit, lastPhase: command.name };
    if (command.name === 'detector') last = { ...last, detected: collectDetected(found) };
    if (exit !== 0) break;
  }
  return { ...last, output: outputs.join('\n') };
}
