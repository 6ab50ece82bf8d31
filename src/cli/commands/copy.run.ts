import { copyImageBetween } from '../../platform/open-image.ts';
import { useStore } from '../../platform/use-store.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: words } = invocation;
  const [from = '', to = ''] = words;
  const written = await useStore(textOption(options, 'store'), invocation, (store) =>
    copyImageBetween(
      { from, to, hostname: textOption(options, 'hostname') },
      { store, surroundings: invocation, platform: textOption(options, 'platform') },
    ),
  );
  return { lines: [`${written.reference}@${written.digest}`], json: { digest: written.digest, images: [written] } };
}
