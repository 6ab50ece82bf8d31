import type { UserRule } from '../debian/install-rules.ts';
import { stackFamily, type Stack } from '../stack/load-stack.ts';
import { sortedPackages } from '../stack/stack-image.ts';
import { resolveHalf } from '../stack/resolve-half.ts';
import { stackHalf, type HalfName } from '../stack/stack-half.ts';
import type { RememberedSuite } from '../stack/stack-memory.ts';
import type { Surroundings } from './build-options.ts';
import { formatPlatform } from '../oci/platform.ts';
import { openStack, useStacks, type StackFlags } from './stack-tools.ts';

export interface InspectStackOptions extends StackFlags {
  readonly stack: string;
  readonly half: HalfName;
}

/** What a half of a stack is made of: plain data, for people and for `--json`. */
export interface StackDescription {
  readonly name: string;
  readonly half: HalfName;
  readonly description: string;
  readonly directory: string;
  readonly platform: string;
  /** None for a build half that is this machine. */
  readonly image?: {
    readonly name: string;
    readonly reference: string;
    readonly digest: string;
    /** Of the layers as they are stored. */
    readonly sizeBytes: number;
    /** Bottom first. */
    readonly layers: readonly { readonly digest: string; readonly sizeBytes: number; readonly madeBy: string }[];
    readonly env: readonly string[];
  };
  readonly user: string;
  readonly accounts: readonly Pick<UserRule, 'name' | 'uid' | 'gid' | 'home'>[];
  readonly packages: readonly { readonly name: string; readonly version: string; readonly suite: string }[];
  /** Which states of the suites they were chosen from. */
  readonly snapshot: readonly RememberedSuite[];
  /** Where it comes from. */
  readonly reason?: string;
  /** When it was last looked whether there are newer packages: RFC 3339. */
  readonly at?: string;
}

/** `tsbuildpack stack inspect`: makes the half where it was not made yet. */
export async function inspectStack(
  { stack: text, half: name, ...flags }: InspectStackOptions,
  surroundings: Surroundings,
): Promise<StackDescription> {
  const stack = openStack(text, surroundings);
  const half = stackHalf(stack, name);
  return await useStacks(flags, surroundings, async (options) => {
    const about = {
      name: stack.name,
      half: name,
      description: stack.document.description,
      directory: stack.directory,
      platform: formatPlatform(options.platform),
      user: `${half.uid}:${half.gid}`,
      accounts: accountsOf(stack),
    };
    if (half.kind === 'host') return { ...about, packages: [], snapshot: [] };
    const { image, made, reason, name: imageName, reference } = await resolveHalf(half, options);
    const history = (image.config.history ?? []).filter((entry) => entry.empty_layer !== true);
    return {
      ...about,
      image: {
        name: imageName,
        reference,
        digest: image.digest,
        sizeBytes: image.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        layers: image.layers.map(({ digest, sizeBytes }, index) => ({
          digest,
          sizeBytes,
          madeBy: history[index]?.created_by ?? '',
        })),
        env: image.config.config?.Env ?? [],
      },
      packages: sortedPackages(made?.packages ?? []).map(({ name: of, version, suite }) => ({
        name: of,
        version,
        suite,
      })),
      snapshot: made?.snapshot ?? [],
      reason,
      ...(made && { at: made.at.toISOString() }),
    };
  });
}

function accountsOf(stack: Stack): StackDescription['accounts'] {
  const all = stackFamily(stack)
    .toReversed()
    .flatMap(({ document }) => document.users);
  return all.map(({ name, uid, gid, home }) => ({ name, uid, gid, home }));
}
