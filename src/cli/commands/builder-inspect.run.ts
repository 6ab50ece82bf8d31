import { describeBuilder, type BuilderDescription } from '../../platform/describe-builder.ts';
import { openBuildpackTools } from '../../platform/open-buildpack-tools.ts';
import { useStore } from '../../platform/use-store.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatBytes, formatTable, printable } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [text = ''] = words;
  const builder = await useStore(textOption(options, 'store'), invocation, (store) =>
    describeBuilder(text, openBuildpackTools(store, invocation, textOption(options, 'platform'))),
  );
  return { lines: builderLines(builder), json: { builder } };
}

function builderLines(builder: BuilderDescription): readonly string[] {
  const { lifecycle, runImages, buildpacks, order, system, buildEnv, extensions } = builder;
  const about = [
    ['Digest:', builder.digest],
    ['Platform:', builder.platform],
    ['Size:', formatBytes(builder.sizeBytes)],
    ['About:', builder.description],
    ['Made by:', builder.createdBy],
    ['User:', builder.user],
    ['Lifecycle:', lifecycleText(lifecycle)],
    ['Environment:', buildEnv.join(', ')],
  ].flatMap(([label = '', value]) => (value ? [[label, printable(value)]] : []));
  return [
    ...formatTable(about),
    ...section(
      'Run images:',
      runImages.map(({ image, mirrors }) => [printable(image), mirrors.map((mirror) => printable(mirror)).join(', ')]),
    ),
    ...section(
      'Buildpacks:',
      buildpacks.map(({ id, version, homepage = '' }) => [printable(id), printable(version), printable(homepage)]),
    ),
    ...section(
      'Order:',
      order.map((group, index) => [`${index + 1}`, printable(group.join(', '))]),
    ),
    ...section(
      'Order of image extensions (their Dockerfiles are not run):',
      extensions.map((group, index) => [`${index + 1}`, printable(group.join(', '))]),
    ),
    ...section(
      'System buildpacks:',
      Object.entries(system).flatMap(([side, list]) => (list.length > 0 ? [[side, printable(list.join(', '))]] : [])),
    ),
  ];
}

function lifecycleText(lifecycle: BuilderDescription['lifecycle']): string {
  if (lifecycle === undefined) return 'none: for tsbuildpack alone';
  const { version, platformApis } = lifecycle;
  return `${version} (Platform API ${platformApis.supported.join(', ')}), not used by tsbuildpack`;
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ['', title, ...formatTable(rows).map((row) => `  ${row}`)];
}
