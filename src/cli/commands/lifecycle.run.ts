import { packageVersion } from '../../fs/package-root.ts';
import { runPhase } from '../../platform/phases/run-phase.ts';
import type { CommandResult, Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const [phase = '', ...words] = invocation.arguments;
  const outcome = await runPhase(phase, words, invocation);
  const version = packageVersion();
  return outcome === 'version' ? { lines: [version], json: { version } } : { lines: [], json: { phase } };
}
