import { inspectStack, type StackDescription } from '../../platform/inspect-stack.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatBytes, formatTable, printable } from '../render/format.ts';
import { readStackFlags } from './stack-flags.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [stack = ''] = words;
  const half = textOption(options, 'half') === 'build' ? 'build' : 'run';
  const description = await inspectStack({ ...readStackFlags(options), stack, half }, invocation);
  return { lines: stackLines(description), json: { stack: description } };
}

function stackLines(stack: StackDescription): readonly string[] {
  const { image, packages, snapshot, accounts } = stack;
  return [
    ...formatTable([
      ['Stack:', `${stack.name} (${stack.half}), ${stack.platform}`],
      ['What:', printable(stack.description)],
      ['Folder:', printable(stack.directory)],
      ['User:', stack.user],
      ...(image
        ? [
            ['Image:', printable(image.name)],
            ['Digest:', image.digest],
            [
              'Size:',
              `${formatBytes(image.sizeBytes)} in ${image.layers.length} ${image.layers.length === 1 ? 'layer' : 'layers'}`,
            ],
          ]
        : [['Image:', 'none: builds run over the root file system of this machine']]),
      ...(stack.reason === undefined ? [] : [['From:', printable(stack.reason)]]),
      ...(stack.at === undefined ? [] : [['Looked at:', stack.at]]),
    ]),
    ...section(
      'Layers, bottom first:',
      (image?.layers ?? []).map(({ digest, sizeBytes, madeBy }) => [
        digest.slice(0, 'sha256:'.length + 12),
        formatBytes(sizeBytes),
        printable(madeBy),
      ]),
    ),
    ...section(
      'Suites:',
      snapshot.map(({ suite, date, address, sha256 }) => [suite, date, printable(address), sha256.slice(0, 12)]),
    ),
    ...section(
      `${packages.length} packages:`,
      packages.map(({ name, version, suite }) => [name, printable(version), suite]),
    ),
    ...section(
      'Users:',
      accounts.map(({ name, uid, gid, home }) => [name, `${uid}:${gid}`, home]),
    ),
    ...section(
      'Environment:',
      (image?.env ?? []).map((line) => [printable(line)]),
    ),
  ];
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ['', title, ...formatTable(rows).map((row) => `  ${row}`)];
}
