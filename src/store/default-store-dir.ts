import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** `$TSBUILDPACK_STORE`, else `$XDG_CACHE_HOME/tsbuildpack`, else `~/.cache/tsbuildpack`. */
export function defaultStoreDir(env: Readonly<Record<string, string | undefined>>): string {
  const { TSBUILDPACK_STORE: own, XDG_CACHE_HOME: cache, HOME: home } = env;
  if (own) return own;
  // "All paths set in these environment variables must be absolute. If an implementation encounters a relative path … it should
  // consider the path invalid and ignore it": https://specifications.freedesktop.org/basedir-spec/latest/
  if (cache && isAbsolute(cache)) return join(cache, 'tsbuildpack');
  return join(home || homedir(), '.cache', 'tsbuildpack');
}
