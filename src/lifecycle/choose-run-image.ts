import type { Buildpack } from '../buildpack/buildpack.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { loadStack } from '../stack/load-stack.ts';
import type { RunImageWish } from '../stack/run-image.ts';

/** A wish that names something: what remains when the user or the buildpacks have decided. */
export type NamedRunImage = Exclude<RunImageWish, { readonly kind: 'auto' }>;

/**
 * What the image stands on: what the user named, else the default of the last buildpack of the group that has one (the later
 * ones make what runs). Throws STACK_UNKNOWN, and STACK_UNFIT when a buildpack cannot run on the stack that was named.
 */
export function chooseRunImage(wish: RunImageWish, group: readonly Buildpack[], report: Report): NamedRunImage {
  if (wish.kind === 'stack') refuseUnfit(wish.name, group);
  if (wish.kind !== 'auto') return wish;
  const chooser = group.findLast(({ stacks }) => stacks !== undefined);
  if (chooser?.stacks === undefined) {
    const names = group.map(({ descriptor }) => descriptor.id).join(', ');
    throw new TsbuildpackError(
      'RUN_IMAGE_NOT_FOUND',
      `Cannot choose a run image: no buildpack names a stack (${names})`,
      {
        hint: 'Say what the image stands on, for example --run-image docker.io/library/debian:12-slim or --stack static',
      },
    );
  }
  const name = chooser.stacks.default;
  report({ type: 'info', message: `Standing on stack ${name}, the default of ${chooser.descriptor.id}` });
  return { kind: 'stack', name };
}

function refuseUnfit(name: string, group: readonly Buildpack[]): void {
  // A stack that does not exist is the better message.
  loadStack(name);
  for (const { descriptor, stacks } of group) {
    if (stacks === undefined || stacks.default === name || stacks.also?.includes(name) === true) continue;
    const fit = [stacks.default, ...(stacks.also ?? [])].join(', ');
    throw new TsbuildpackError('STACK_UNFIT', `Cannot stand on stack "${name}": ${descriptor.id} does not run on it`, {
      hint: `It runs on ${fit}`,
    });
  }
}
