import { TsbuildpackError } from '../../../src/errors.ts';
import type { Event } from '../../../src/events.ts';
import { runPhase } from '../../../src/platform/phases/run-phase.ts';
import type { Ran } from './run-reference.ts';
import { creatorCommand } from './creator-command.ts';
import type { Scenario } from './scenario.ts';

/** Runs our creator, in this process: what `tsbuildpack lifecycle creator` does behind its command line. */
export async function runOurs(scenario: Scenario): Promise<Ran> {
  const { name, args, env } = creatorCommand(scenario);
  const lines: string[] = [];
  const report = (event: Event): void => void lines.push(JSON.stringify(event));
  try {
    await runPhase(name, args, { cwd: '/', env, now: () => new Date(), report, signal: new AbortController().signal });
    return { exit: 0, output: lines.join('\n') };
  } catch (error) {
    lines.push(String(error instanceof Error ? error.stack : error));
    return { exit: error instanceof TsbuildpackError ? error.exitCode : 1, output: lines.join('\n') };
  }
}
