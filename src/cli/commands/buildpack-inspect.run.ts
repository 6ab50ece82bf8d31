import { formatTarget } from '../../cnb/targets.ts';
import { describeBuildpack, type DescribedBuildpack } from '../../platform/describe-buildpack.ts';
import { openBuildpackTools } from '../../platform/open-buildpack-tools.ts';
import { useStore } from '../../platform/use-store.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';
import { formatTable, printable } from '../render/format.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [text = ''] = words;
  const description = await useStore(textOption(options, 'store'), invocation, (store) =>
    describeBuildpack(text, openBuildpackTools(store, invocation, textOption(options, 'platform'))),
  );
  const { main, buildpacks } = description;
  const shown = buildpacks.find(({ id, version }) => `${id}@${version}` === main);
  const others = buildpacks.filter((one) => one !== shown);
  return {
    lines: [
      ...(shown === undefined ? [] : buildpackLines(shown)),
      ...(others.length === 0
        ? []
        : [
            '',
            'With it come:',
            ...formatTable(others.map(({ id, version, api }) => [id, version, `API ${api}`])).map((row) => `  ${row}`),
          ]),
    ],
    json: { buildpack: description },
  };
}

function buildpackLines({
  id,
  version,
  api,
  kind,
  name,
  description,
  homepage,
  targets,
  order = [],
}: DescribedBuildpack): readonly string[] {
  const about = [
    ['Buildpack:', `${id}@${version}`],
    ['Kind:', order.length > 0 ? 'composite' : kind],
    ['API:', api],
    ['Name:', name],
    ['About:', description],
    ['Homepage:', homepage],
    ['Targets:', order.length > 0 ? undefined : targets.map(formatTarget).join(', ') || 'any'],
  ].flatMap(([label = '', value]) => (value ? [[label, printable(value)]] : []));
  return [
    ...formatTable(about),
    ...(order.length === 0 ? [] : ['', 'Order:', ...order.map((group) => `  ${group.join(', ')}`)]),
  ];
}
