import { chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { netrcPath } from './netrc.ts';

/**
 * Puts the user's `.netrc` and git configuration into the private home while modules are fetched, and takes them away before anything
 * else runs. Fetching starts the go command and git, no code of a dependency.
 */
export async function lendCredentials<T>(
  { homeDir, hostEnv }: Pick<BuiltinBuildContext, 'homeDir' | 'hostEnv'>,
  use: () => Promise<T>,
): Promise<T> {
  const home = hostEnv['HOME'];
  const gitConfig = hostEnv['GIT_CONFIG_GLOBAL'] || (home === undefined ? undefined : join(home, '.gitconfig'));
  const lent = [lend(netrcPath(hostEnv), join(homeDir, '.netrc')), lend(gitConfig, join(homeDir, '.gitconfig'))].filter(
    (path) => path !== undefined,
  );
  try {
    return await use();
  } finally {
    for (const path of lent) rmSync(path, { force: true });
  }
}

/** Copies a file so that only its owner, who is the home's owner, can read it. Undefined when there is nothing to copy. */
function lend(from: string | undefined, to: string): string | undefined {
  if (from === undefined || !existsSync(from) || existsSync(to)) return undefined;
  writeFileSync(to, readFileSync(from), { mode: 0o600, flag: 'wx' });
  const { uid, gid } = statSync(join(to, '..'));
  if (uid !== statSync(to).uid) chownSync(to, uid, gid);
  return to;
}
