import { listStacks } from '../../platform/list-stacks.ts';
import type { CommandResult, Invocation } from '../command.ts';
import { formatTable, printable } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const stacks = listStacks(invocation);
  const rows = stacks.map(({ name, run: made, build, description, isBuiltin }) => [
    printable(name),
    printable(made),
    printable(build),
    `${printable(description)}${isBuiltin ? '' : ' (stacks/)'}`,
  ]);
  return { lines: formatTable([['NAME', 'RUN', 'BUILD', 'DESCRIPTION'], ...rows]), json: { stacks } };
}
