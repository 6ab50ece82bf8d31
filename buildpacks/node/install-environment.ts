import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { publicVariables } from './node-tools.ts';
import type { NpmSettings } from './npm-settings.ts';
import type { NodeSettings } from './settings.ts';

/**
 * The build variables that the scripts of dependencies get: npm's settings, those of compilers, those that by their name say what a script
 * is to download or to leave out, and the ones that BP_NODE_INSTALL_ENV names. They decide about the installed tree, so a change of one
 * installs anew; all others are for the scripts of the application.
 */
const passedOn =
  /^(?:npm_config_.+|CC|CXX|AR|LD|JOBS|MAKEFLAGS|PYTHON|CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS|PKG_CONFIG(?:_.*)?|.*_(?:SKIP|DOWNLOAD|MIRROR|CDN|BINARY|BINARIES|ENGINES)(?:_.*)?|SHARP_.+)$/;

export function installEnvironment(
  context: Pick<BuiltinBuildContext, 'env' | 'hostEnv'>,
  settings: Pick<NpmSettings, 'secretVariables'>,
  { installEnv }: Pick<NodeSettings, 'installEnv'>,
): Readonly<Record<string, string>> {
  const names = new Set(installEnv);
  const variables = Object.entries(publicVariables(context, settings));
  return Object.fromEntries(
    variables
      .filter(([name]) => names.has(name) || (passedOn.test(name) && !name.startsWith('BP_')))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
