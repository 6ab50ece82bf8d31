import type { RunImage } from './run-image.ts';
import { runImageFiles } from './run-image-files.ts';
import { resolveHalf } from './resolve-half.ts';
import type { Stack } from './load-stack.ts';
import { stackHalf } from './stack-half.ts';
import type { StackOptions } from './stack-options.ts';
import { platformFacts, targetFacts } from './target-facts.ts';

/** The run image of a stack. Throws RUN_IMAGE_NOT_FOUND when another one is pinned, PACKAGES_UNAVAILABLE when there is no way to one. */
export async function stackRunImage(stack: Stack, options: StackOptions): Promise<RunImage> {
  const half = stackHalf(stack, 'run');
  const { image, name, reference, value, reason, isOther } = await resolveHalf(half, options);
  platformFacts(image, name);
  // What was made here is small and soon read.
  const report = isOther ? options.report : (): void => undefined;
  const files = await runImageFiles(image, { store: options.store, report, name });
  const { uid, gid } = stackHalf(stack, 'build');
  return {
    image,
    name,
    reference,
    mirrors: [],
    // What stands in for it is another stack.
    ...(!isOther && { stack: stack.name }),
    target: targetFacts(image, files, name),
    buildUser: { uid, gid },
    input: { name: 'run-image', value, reason },
    files,
  };
}
