import { TsbuildpackError } from '../../../src/errors.ts';
import type { Event } from '../../../src/events.ts';
import { runPhase } from '../../../src/platform/phases/run-phase.ts';
import type { Ran } from './run-reference.ts';
import type { LifecycleCommand } from './creator-command.ts';

/** Runs a phase of ours in this process: what `tsbuildpack lifecycle …` does behind its command line. */
export async function runOurs({ name, args, env }: LifecycleCommand): Promise<Ran> {
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
