import { runApplication } from '../../platform/run-application.ts';
import { listOption, textOption, type CommandResult, type Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options } = invocation;
  const [target = '', ...rest] = invocation.arguments;
  // `run app -- --flag`: what is behind the image is the process's anyway, so the dashes only separate.
  const args = rest[0] === '--' ? rest.slice(1) : rest;
  const exitCode = await runApplication(
    {
      target,
      args,
      env: listOption(options, 'env'),
      process: textOption(options, 'process'),
      network: textOption(options, 'network') === 'none' ? 'none' : 'host',
      platform: textOption(options, 'platform'),
      store: textOption(options, 'store'),
    },
    invocation,
  );
  return { lines: [], json: { status: exitCode }, exitCode };
}
