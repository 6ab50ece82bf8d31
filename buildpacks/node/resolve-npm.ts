import { createHash } from 'node:crypto';
import satisfies from 'semver/functions/satisfies.js';
import type { BuiltinBuildContext, ResolvedInput } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { chooseVersion, nearestVersions } from './choose-version.ts';
import { listVersions } from './npm-registry.ts';
import type { PublishedVersion } from './npm-registry.ts';
import type { NpmSettings } from './npm-settings.ts';
import type { NpmWish } from './npm-wish.ts';
import type { OpenAddress } from './open-address.ts';

export interface ResolveNpmOptions {
  readonly wish: NpmWish;
  /** The version of Node that it runs on. */
  readonly node: string;
  readonly settings: NpmSettings;
  readonly open: OpenAddress;
}

/** One version of npm that runs on this Node. Throws TOOLCHAIN_UNAVAILABLE with the nearest versions when there is none. */
export async function resolveNpm(
  context: Pick<BuiltinBuildContext, 'resolve' | 'remember'>,
  options: ResolveNpmOptions,
): Promise<string> {
  const { wish, node, settings } = options;
  const input = await context.resolve('npm', async (pinned): Promise<ResolvedInput> => {
    if (pinned !== undefined) return { name: 'npm', value: requireFit(pinned, wish), reason: 'pinned' };
    const registry = createHash('sha256')
      .update(settings.registry?.url ?? '')
      .digest('hex')
      .slice(0, 12);
    const answer = await context.remember(`npm ${wish.text} for node ${node} ${registry}`, () => choose(options));
    return {
      name: 'npm',
      value: answer.value,
      reason: `${wish.where} asks for ${wish.text}`,
      validUntil: answer.validUntil,
    };
  });
  return input.value;
}

async function choose({ wish, node, settings, open }: ResolveNpmOptions): Promise<string> {
  const all = await listVersions('npm', { settings, open });
  // An exact version is an order: whether it runs on this Node is for its author to know.
  const running = wish.wants.kind === 'exact' ? all : all.filter((release) => runsOn(release, node));
  const versions = running.map(({ version }) => version);
  const found = chooseVersion(wish.wants, versions, { preferred: new Set([wish.preferred]) });
  if (found !== undefined) return found;
  const near = wish.wants.kind === 'exact' ? nearestVersions(wish.wants.version, versions) : versions.slice(-6);
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot get npm ${wish.text}, which ${wish.where} asks for: none that runs on Node ${node} is to be had`,
    {
      ...(near.length > 0 && { detail: `The nearest: ${near.join(', ')}` }),
      hint: `Change ${wish.where.replace(/ \(.*/, '')}`,
    },
  );
}

function runsOn({ node: range }: PublishedVersion, node: string): boolean {
  return range === undefined || satisfies(node, range);
}

function requireFit(pinned: string, wish: NpmWish): string {
  if (chooseVersion(wish.wants, [pinned], { preferred: new Set() }) !== undefined) return pinned;
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot build with the pinned npm ${pinned}: ${wish.where} asks for ${wish.text}`,
    {
      hint: 'Resolve anew what is pinned: tsbuildpack lock',
    },
  );
}
