import { builtinBuildpacks as definitions } from '../../buildpacks/builtin.ts';
import { builtinBuildpack } from '../buildpack/builtin-adapter.ts';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { packageVersion } from '../fs/package-root.ts';

/** The buildpacks that ship with the tool, in the order in which they are tried. Their version is the tool's. */
export async function builtinBuildpacks(): Promise<readonly Buildpack[]> {
  return (await definitions(packageVersion())).map(builtinBuildpack);
}
