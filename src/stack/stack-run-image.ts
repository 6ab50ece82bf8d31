import { TsbuildpackError } from '../errors.ts';
import type { ImageNode } from './image-files.ts';
import { imageFiles } from './image-files.ts';
import type { Stack } from './load-stack.ts';
import type { RunImage } from './run-image.ts';
import { stackEntries } from './stack-entries.ts';
import type { StackImageOptions } from './stack-image.ts';
import { stackImage } from './stack-image.ts';
import { platformFacts } from './target-facts.ts';

/** In labels: no registry can have it, and a rebase knows by it that the stack is one of ours. */
const repository = 'localhost/tsbuildpack/stack';

export interface StackRunImageOptions extends StackImageOptions {
  /** What an earlier build resolved the run image to. */
  readonly pinned?: string | undefined;
}

/** The run image of one of our stacks. Throws RUN_IMAGE_NOT_FOUND when another one is pinned. */
export async function stackRunImage(stack: Stack, options: StackRunImageOptions): Promise<RunImage> {
  const { pinned, store, report, platform } = options;
  const image = await stackImage(stack, { store, report, platform });
  const name = `${repository}:${stack.name}`;
  const reference = `${repository}@${image.digest}`;
  const value = `stack:${stack.name}@${image.digest}`;
  if (pinned !== undefined && pinned !== value) {
    throw new TsbuildpackError(
      'RUN_IMAGE_NOT_FOUND',
      `Cannot use run image ${pinned}: stack "${stack.name}" is ${value} here`,
      {
        hint: 'Build with the version of tsbuildpack that made it, or without the pinned inputs',
      },
    );
  }
  const { uid, gid } = stack.document.build;
  return {
    image,
    name,
    reference,
    mirrors: [],
    stack: stack.name,
    target: platformFacts(image, name),
    buildUser: { uid, gid },
    input: { name: 'run-image', value, reason: `stack ${stack.name}: ${stack.document.description}` },
    files: imageFiles(new Map(stackEntries(stack).map((entry) => [String(entry.path), nodeOf(entry)]))),
  };
}

function nodeOf({ type, linkTarget }: ReturnType<typeof stackEntries>[number]): ImageNode {
  if (type === 'directory') return { type };
  return type === 'symlink' ? { type, target: String(linkTarget) } : { type: 'file' };
}
