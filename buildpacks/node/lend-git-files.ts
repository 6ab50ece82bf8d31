import { chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';

/**
 * Puts the user's `.netrc` and git configuration into the private home while packages are fetched, for dependencies that are git repositories.
 * They are gone when `use` ends.
 */
export async function lendGitFiles<T>(
  { homeDir, hostEnv }: Pick<BuiltinBuildContext, 'homeDir' | 'hostEnv'>,
  use: () => Promise<T>,
): Promise<T> {
  const home = hostEnv['HOME'];
  const lent = home === undefined ? [] : ['.netrc', '.gitconfig'].flatMap((name) => lend(home, homeDir, name));
  try {
    return await use();
  } finally {
    for (const path of lent) rmSync(path, { force: true });
  }
}

/** Copies a file so that only its owner, who is the home's owner, can read it. Nothing when there is none. */
function lend(home: string, homeDir: string, name: string): readonly string[] {
  const [from, to] = [join(home, name), join(homeDir, name)];
  if (!existsSync(from) || existsSync(to)) return [];
  writeFileSync(to, readFileSync(from), { mode: 0o600, flag: 'wx' });
  const { uid, gid } = statSync(homeDir);
  if (uid !== statSync(to).uid) chownSync(to, uid, gid);
  return [to];
}
