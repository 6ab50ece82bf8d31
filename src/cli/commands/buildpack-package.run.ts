import { packageBuildpack } from '../../platform/package-buildpack.ts';
import { readLabels } from '../../platform/read-labels.ts';
import { useStore } from '../../platform/use-store.ts';
import { flagOption, listOption, textOption, type CommandResult, type Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [directory = '.'] = words;
  const request = {
    directory,
    config: textOption(options, 'config'),
    outputs: listOption(options, 'output'),
    targets: listOption(options, 'target'),
    flatten: flagOption(options, 'flatten'),
    labels: readLabels(listOption(options, 'label')),
  };
  const written = await useStore(textOption(options, 'store'), invocation, (store) =>
    packageBuildpack(request, { store, surroundings: invocation }),
  );
  return { lines: written.map(({ reference, digest }) => `${reference}@${digest}`), json: { images: written } };
}
