import { packageVersion } from '../../fs/package-root.ts';
import { runPhase } from '../../platform/phases/run-phase.ts';
import type { CommandResult, Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const [phase = '', ...words] = invocation.arguments;
  const outcome = await runPhase(phase, words, invocation);
  switch (outcome.kind) {
    case 'version': {
      const version = packageVersion();
      return { lines: [version], json: { version } };
    }
    case 'help':
      return { lines: outcome.flags.map((flag) => `  -${flag}`), json: { flags: outcome.flags } };
    case 'done':
      return { lines: [], json: { phase } };
    default:
      return outcome satisfies never;
  }
}
