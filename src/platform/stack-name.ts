import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stackNames } from '../stack/load-stack.ts';

/**
 * What a user calls a stack, as `loadStack` takes it: a text with a slash in it is a directory; a name is a built-in one, else one of the
 * `stacks/` of the project.
 */
export function findStackName(
  text: string,
  { cwd, projectDir }: { readonly cwd: string; readonly projectDir: string },
): string {
  if (text.includes('/') || text === '.' || text === '..') return resolve(cwd, text);
  const own = join(projectDir, 'stacks', text);
  return !stackNames().includes(text) && existsSync(join(own, 'stack.toml')) ? own : text;
}
