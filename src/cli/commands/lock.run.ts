import { lockProject } from '../../platform/lock-project.ts';
import { listOption, type CommandResult, type Invocation } from '../command.ts';
import { printable } from '../render/format.ts';
import { readBuildOptions } from './build-options.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { platform: _several, ...single } = invocation.options;
  const options = readBuildOptions({ ...invocation, options: single });
  const { file, document } = await lockProject(options, listOption(invocation.options, 'platform'), invocation);
  return { lines: [printable(file)], json: { file, ...document } };
}
