import { formatPlatform } from '../oci/platform.ts';
import type { Stack } from '../stack/load-stack.ts';
import { packageChanges, type PackageChange } from '../stack/package-changes.ts';
import { stackHalf, type HalfName, type StackHalf } from '../stack/stack-half.ts';
import type { StackOptions } from '../stack/stack-options.ts';
import type { Surroundings } from './build-options.ts';
import { knownStacks, openStack, useStacks, type StackFlags } from './stack-tools.ts';

export interface UpdateStacksOptions extends StackFlags {
  /** As typed. @default all that have packages */
  readonly stack?: string | undefined;
  /** Make the images with the newer packages. */
  readonly apply: boolean;
}

export interface StackUpdate {
  readonly name: string;
  readonly half: HalfName;
  readonly platform: string;
  /** When its packages were last looked for; undefined when it was never made on this machine. */
  readonly at?: string;
  readonly changes: readonly PackageChange[];
  /** With `apply`: the image that there is now. */
  readonly digest?: string;
}

/** `tsbuildpack stack update`: what would change, by package and version. */
export async function updateStacks(
  { stack, apply, ...flags }: UpdateStacksOptions,
  surroundings: Surroundings,
): Promise<readonly StackUpdate[]> {
  const stacks = stack === undefined ? knownStacks(surroundings) : [openStack(stack, surroundings)];
  const halves = stacks.flatMap(withPackages);
  return await useStacks(flags, surroundings, async (options) => {
    const updates: StackUpdate[] = [];
    for (const half of halves) updates.push(await updateHalf(half, apply, options));
    // Of all stacks those count that are in use here.
    return stack === undefined ? updates.filter(({ at }) => at !== undefined) : updates;
  });
}

function withPackages(stack: Stack): readonly StackHalf[] {
  const halves = (['run', 'build'] as const).map((name) => stackHalf(stack, name));
  // A half that is another stack's as it is changes with that one.
  return halves.filter(({ distribution, name, parts }) => distribution !== undefined && parts.at(-1)?.half === name);
}

async function updateHalf(half: StackHalf, apply: boolean, options: StackOptions): Promise<StackUpdate> {
  const { at, changes, digest } = await packageChanges(half, apply, options);
  return {
    name: half.stack.name,
    half: half.name,
    platform: formatPlatform(options.platform),
    ...(at && { at: at.toISOString() }),
    changes,
    ...(digest !== undefined && { digest }),
  };
}
