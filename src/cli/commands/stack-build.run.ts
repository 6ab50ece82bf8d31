import { buildStack } from '../../platform/build-stack.ts';
import { listOption, textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatBytes, formatTable } from '../render/format.ts';
import { readStackFlags } from './stack-flags.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [stack = ''] = words;
  const half = textOption(options, 'half');
  const halves = await buildStack(
    { ...readStackFlags(options), stack, outputs: listOption(options, 'output'), half },
    invocation,
  );
  const rows = halves.map(({ half: name, digest, layers, packages }) => [
    name,
    digest,
    formatBytes(layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)),
    `${packages} packages`,
  ]);
  const written = halves.flatMap((built) => built.written.map(({ reference, digest }) => `${reference}@${digest}`));
  return { lines: written.length > 0 ? written : formatTable(rows), json: { stack, halves } };
}
