import type { Buildpack } from '../buildpack/buildpack.ts';
import { TsbuildpackError } from '../errors.ts';
import type { BuildLock, LockedBuildpack } from './create-request.ts';

/** What a lock holds of the buildpacks of a group. Those of ours are what their version says; of others the files count. */
export async function lockedBuildpacks(group: readonly Buildpack[]): Promise<readonly LockedBuildpack[]> {
  return await Promise.all(
    group.map(async (buildpack) => {
      const { id, version } = buildpack.descriptor;
      return { id, version, ...(buildpack.kind !== 'builtin' && { digest: await buildpack.fingerprint() }) };
    }),
  );
}

/** Throws LOCK_UNFIT when other buildpacks would build than those that are locked. */
export async function requireLockedBuildpacks(
  group: readonly Buildpack[],
  { file, buildpacks }: Pick<BuildLock, 'file' | 'buildpacks'>,
): Promise<void> {
  const found = (await lockedBuildpacks(group)).map(nameOf);
  const wanted = buildpacks.map(nameOf);
  if (found.join() === wanted.join()) return;
  throw new TsbuildpackError('LOCK_UNFIT', `Cannot build as ${file} says: other buildpacks fit than those it holds`, {
    detail: [`it holds ${wanted.join(', ')}`, `there are ${found.join(', ')}`].join('\n'),
    hint: 'Use the version of tsbuildpack that wrote it, or resolve anew what is pinned: tsbuildpack lock',
  });
}

function nameOf({ id, version, digest }: LockedBuildpack): string {
  return digest === undefined ? `${id}@${version}` : `${id}@${version} (${digest})`;
}
