import { updateStacks, type StackUpdate } from '../../platform/update-stacks.ts';
import { flagOption, type CommandResult, type Invocation } from '../command.ts';
import { formatTable, printable } from '../render/format.ts';
import { readStackFlags } from './stack-flags.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [stack] = words;
  const apply = flagOption(options, 'apply');
  const updates = await updateStacks({ ...readStackFlags(options), stack, apply }, invocation);
  const lines = updates.flatMap((update) => updateLines(update, apply));
  return { lines: lines.length > 0 ? lines : ['No stack was made on this machine yet'], json: { updates } };
}

function updateLines({ name, half, platform, at, changes, digest }: StackUpdate, apply: boolean): readonly string[] {
  const title = `${name} (${half}), ${platform}: ${summary(at, changes.length, apply)}`;
  const rows = changes.map(({ package: of, from = '(new)', to = '(gone)', suite = '' }) => [
    printable(of),
    printable(from),
    '→',
    printable(to),
    suite,
  ]);
  return [title, ...formatTable(rows).map((row) => `  ${row}`), ...(digest === undefined ? [] : [`  ${digest}`])];
}

function summary(at: string | undefined, count: number, apply: boolean): string {
  if (at === undefined) return 'not made on this machine yet';
  if (count === 0) return `nothing newer since ${at}`;
  return `${count} ${count === 1 ? 'package' : 'packages'} ${apply ? 'changed' : 'would change'} since ${at}`;
}
