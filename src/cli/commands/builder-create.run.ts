import { createBuilder } from '../../platform/create-builder.ts';
import { defaultPlatform } from '../../oci/select-platform.ts';
import { resolveSettings } from '../../platform/settings.ts';
import { useStore } from '../../platform/use-store.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { flagOption, listOption, textOption, type CommandResult, type Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words, env } = invocation;
  const [name = ''] = words;
  const platforms = listOption(options, 'platform').map(parsePlatform);
  const request = {
    name,
    config: textOption(options, 'config') ?? 'builder.toml',
    outputs: listOption(options, 'output'),
    push: flagOption(options, 'push'),
    platforms: platforms.length > 0 ? platforms : [defaultPlatform()],
    flatten: flagOption(options, 'flatten'),
    settings: resolveSettings({ flags: {}, env }),
  };
  const written = await useStore(textOption(options, 'store'), invocation, (store) =>
    createBuilder(request, { store, surroundings: invocation }),
  );
  return { lines: written.map(({ reference, digest }) => `${reference}@${digest}`), json: { images: written } };
}
