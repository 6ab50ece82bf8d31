import type { StackNeed } from '../buildpack/api.ts';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { loadStack } from '../stack/load-stack.ts';
import { builtinFamily } from '../stack/stack-half.ts';
import type { RunImageWish } from '../stack/run-image.ts';
import type { Detected } from './detect.ts';

/** A wish that names something: what remains when the user or the buildpacks have decided. */
export type NamedRunImage = Exclude<RunImageWish, { readonly kind: 'auto' }>;

/**
 * What the image stands on: what the user named, else the stack that a buildpack of the group asked for when it detected, else the
 * default of the last one that has one (the later ones make what runs). Throws STACK_UNKNOWN, and STACK_UNFIT when a buildpack
 * cannot run on the stack that was named, or when two need different ones.
 */
export function chooseRunImage(
  wish: RunImageWish,
  { group, trials }: Pick<Detected, 'group' | 'trials'>,
  report: Report,
): NamedRunImage {
  const needs = group.flatMap((buildpack) => {
    const need = trials.find((trial) => trial.buildpack === buildpack)?.stack;
    return need === undefined ? [] : [{ id: buildpack.descriptor.id, need }];
  });
  if (wish.kind === 'stack') refuseUnfit(wish.name, { group, needs });
  if (wish.kind !== 'auto') return wish;
  const [asked] = needs;
  if (asked !== undefined) return asNeeded(asked, needs, report);
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

interface AskedFor {
  readonly id: string;
  readonly need: StackNeed;
}

function asNeeded({ id, need }: AskedFor, needs: readonly AskedFor[], report: Report): NamedRunImage {
  const other = needs.find((asked) => asked.need.name !== need.name);
  if (other !== undefined) {
    throw new TsbuildpackError(
      'STACK_UNFIT',
      `Cannot choose a stack: ${id} needs "${need.name}" and ${other.id} "${other.need.name}"`,
      {
        detail: [need, other.need].map(({ name, reason }) => `${name}: ${reason}`).join('\n'),
        hint: 'Name an image that does for both: --run-image IMAGE',
      },
    );
  }
  report({ type: 'info', message: `Standing on stack ${need.name}, because ${need.reason}` });
  return { kind: 'stack', name: need.name };
}

function refuseUnfit(
  name: string,
  { group, needs }: { readonly group: readonly Buildpack[]; readonly needs: readonly AskedFor[] },
): void {
  // A stack that does not exist is the better message.
  const stack = loadStack(name);
  // What somebody else made of nothing of ours is theirs to judge; what was built is compared with its files later.
  const family = builtinFamily(stack);
  const known = family.length > 0 ? group : [];
  for (const { descriptor, stacks } of known) {
    if (stacks === undefined || [stacks.default, ...(stacks.also ?? [])].some((fit) => family.includes(fit))) continue;
    const fit = [stacks.default, ...(stacks.also ?? [])].join(', ');
    throw new TsbuildpackError(
      'STACK_UNFIT',
      `Cannot stand on stack "${stack.name}": ${descriptor.id} does not run on it`,
      {
        hint: `It runs on ${fit}`,
      },
    );
  }
  for (const { id, need } of needs) {
    if (need.name === name || family.length === 0 || family.includes(need.name)) continue;
    throw new TsbuildpackError(
      'STACK_UNFIT',
      `Cannot stand on stack "${stack.name}": ${id} needs "${need.name}" here`,
      {
        detail: `It does because ${need.reason}`,
        hint: `Leave --stack out, or name --stack ${need.name}`,
      },
    );
  }
}
