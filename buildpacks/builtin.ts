import type { BuiltinBuildpack } from '../src/buildpack/builtin.ts';

/**
 * The buildpacks that ship with the tool, each a group of its own, in the order in which they are tried: the first that passes is
 * taken. Source code comes before finished programs, which are often committed beside it as tools.
 */
export async function builtinBuildpacks(version: string): Promise<readonly BuiltinBuildpack[]> {
  const [{ goBuildpack }, { nodeBuildpack }, { staticBinaryBuildpack }] = await Promise.all([
    import('./go/index.ts'),
    import('./node/index.ts'),
    import('./static-binary/index.ts'),
  ]);
  return [goBuildpack(version), nodeBuildpack(version), staticBinaryBuildpack(version)];
}
