import { describeImage, type ImageDescription } from '../../image/describe-image.ts';
import { openImage } from '../../platform/open-image.ts';
import { useStore } from '../../platform/use-store.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatBytes, formatTable, printable } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [name = ''] = words;
  const image = await useStore(textOption(options, 'store'), invocation, (store) =>
    openImage(name, { store, surroundings: invocation, platform: textOption(options, 'platform') }),
  );
  const description = describeImage(image);
  return { lines: imageLines(description), json: { image: description } };
}

function imageLines(image: ImageDescription): readonly string[] {
  return [
    ...formatTable([
      ['Digest:', image.digest],
      ['Platform:', image.platform],
      [
        'Size:',
        `${formatBytes(image.sizeBytes)} in ${image.layers.length} ${image.layers.length === 1 ? 'layer' : 'layers'}`,
      ],
      ...optional('Created:', image.created),
      ...optional('User:', image.config.user),
      ...optional('Folder:', image.config.workingDirectory),
      ...optional('Starts:', [...image.config.entrypoint, ...image.config.command].join(' ')),
      ...optional('Ports:', image.config.ports.join(', ')),
      ...optional('Run image:', image.runImage?.reference ?? image.runImage?.image),
    ]),
    ...section('Layers, bottom first:', layerRows(image)),
    ...section('Processes:', processRows(image)),
    ...section(
      'Buildpacks:',
      image.buildpacks.map(({ id, version }) => [id, version]),
    ),
    ...section(
      'Environment:',
      image.config.environment.map((entry) => [printable(entry)]),
    ),
  ];
}

function optional(name: string, value: string | undefined): readonly (readonly string[])[] {
  return value === undefined || value === '' ? [] : [[name, printable(value)]];
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ['', title, ...formatTable(rows).map((row) => `  ${row}`)];
}

function layerRows({ layers }: ImageDescription): readonly (readonly string[])[] {
  return layers.map(({ digest, sizeBytes, part = '', madeBy = '' }) => [
    digest.slice(0, 'sha256:'.length + 12),
    formatBytes(sizeBytes),
    part,
    printable(madeBy),
  ]);
}

function processRows({ processes }: ImageDescription): readonly (readonly string[])[] {
  return processes.map(({ type, command, args, isDefault }) => [
    printable(type),
    isDefault ? 'default' : '',
    printable([...command, ...args].join(' ')),
  ]);
}
