import { TsbuildpackError } from '../../errors.ts';
import { formatReference, parseReference } from '../../registry/reference.ts';
import { useStore } from '../../platform/use-store.ts';
import { textOption, type CommandResult, type Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const names = invocation.arguments.map((name) => formatReference(parseReference(name)));
  return await useStore(textOption(invocation.options, 'store'), invocation, async ({ images }) => {
    const known = new Set((await images.list()).map(({ name }) => name));
    const missing = names.filter((name) => !known.has(name));
    // Nothing is removed by a command that is partly wrong.
    if (missing.length > 0) {
      throw new TsbuildpackError(
        'IMAGE_NOT_FOUND',
        `Cannot remove ${missing.map((name) => `"${name}"`).join(', ')}: not in the store`,
        {
          hint: '`tsbuildpack images` lists what is there',
        },
      );
    }
    for (const name of names) await images.remove(name);
    return { lines: names.map((name) => `Removed ${name}`), json: { removed: names } };
  });
}
