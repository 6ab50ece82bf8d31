import type { BuiltinBuildContext, ResolvedInput } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { chooseVersion, commonVersions, nearestVersions } from './choose-version.ts';
import type { NodeSource } from './node-releases.ts';
import type { VersionWish } from './node-wish.ts';
import { releaseLines } from './release-lines.ts';

export interface ResolveNodeOptions {
  readonly wish: VersionWish;
  readonly source: NodeSource;
  /** Go's words for the processors that it has to be there for: the one that builds, the one that runs. */
  readonly architectures: readonly string[];
}

/**
 * One version of Node for every processor that takes part: the packages for arm64 have gaps. Throws TOOLCHAIN_UNAVAILABLE with the nearest
 * versions when there is none.
 */
export async function resolveNode(
  context: Pick<BuiltinBuildContext, 'resolve' | 'remember'>,
  options: ResolveNodeOptions,
): Promise<string> {
  const { wish } = options;
  const input = await context.resolve('node', async (pinned): Promise<ResolvedInput> => {
    if (pinned !== undefined) return { name: 'node', value: requireFit(pinned, wish), reason: 'pinned' };
    const reason = `${wish.where} asks for ${wish.text}`;
    const answer = await context.remember(questionOf(options), () => choose(options));
    return { name: 'node', value: answer.value, reason, validUntil: answer.validUntil };
  });
  return input.value;
}

function questionOf({ wish, source, architectures }: ResolveNodeOptions): string {
  return ['node', wish.text, architectures.join('+'), source.key].join(' ');
}

/** Lines that still get fixes come first when a range such as `>=18` leaves the choice. */
const supported: ReadonlySet<number> = new Set(releaseLines.map(({ major }) => major));

async function choose({ wish, source, architectures }: ResolveNodeOptions): Promise<string> {
  const lists = await Promise.all(architectures.map((arch) => source.list(arch)));
  const versions = commonVersions(lists);
  const found = chooseVersion(wish.wants, versions, { preferred: wish.newest ? new Set() : supported });
  if (found !== undefined) return found;
  const where = `${source.name} has none for ${architectures.map((arch) => `linux/${arch}`).join(' and ')}`;
  const near = wish.wants.kind === 'exact' ? nearestVersions(wish.wants.version, versions) : versions.slice(-6);
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot get Node ${wish.text}, which ${wish.where} asks for: ${where}`,
    {
      ...(near.length > 0 && { detail: `The nearest that it has: ${near.join(', ')}` }),
      hint: `Change ${wish.where.replace(/ \(.*/, '')}, or set BP_NODE_MIRROR to a mirror that has it`,
    },
  );
}

function requireFit(pinned: string, wish: VersionWish): string {
  if (chooseVersion(wish.wants, [pinned], { preferred: new Set() }) !== undefined) return pinned;
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot build with the pinned Node ${pinned}: ${wish.where} asks for ${wish.text}`,
    {
      hint: 'Resolve anew what is pinned: tsbuildpack lock',
    },
  );
}
