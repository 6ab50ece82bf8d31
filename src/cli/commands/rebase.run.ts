import { rebaseImages } from '../../platform/rebase-images.ts';
import { useStore } from '../../platform/use-store.ts';
import { flagOption, listOption, textOption, type CommandResult, type Invocation } from '../command.ts';

export async function run(invocation: Invocation): Promise<CommandResult> {
  const { options, arguments: images, report } = invocation;
  report({ type: 'phase', phase: 'rebase' });
  const rebased = await useStore(textOption(options, 'store'), invocation, (store) =>
    rebaseImages(
      {
        images,
        runImage: textOption(options, 'runImage'),
        force: flagOption(options, 'force'),
        dryRun: flagOption(options, 'dryRun'),
        debianMirror: textOption(options, 'debianMirror'),
        stackImages: listOption(options, 'stackImage'),
      },
      { store, surroundings: invocation },
    ),
  );
  for (const { reference, runImage, unchanged } of rebased) {
    report({ type: 'info', message: `${reference} ${unchanged ? 'already stands' : 'now stands'} on ${runImage}` });
  }
  return {
    lines: rebased.map(({ reference, digest }) => `${reference}@${digest}`),
    json: { images: rebased },
  };
}
