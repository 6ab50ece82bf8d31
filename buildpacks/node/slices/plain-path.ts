import { lstatSync } from 'node:fs';
import { join, relative } from 'node:path';
import { TsbuildpackError } from '../../../src/buildpack/builtin.ts';

/**
 * Throws BUILD_FAILED when a link stands on the way from `root` to a path below it: whatever the scripts of a build left in the workspace
 * may lead anywhere on this machine, and this process is not confined as they were. What is not there yet is no link.
 */
export function requirePlain(path: string, root: string): void {
  const problem = linkOnTheWay(path, root);
  if (problem === undefined) return;
  throw new TsbuildpackError('BUILD_FAILED', `Cannot use "${relative(root, path)}" of the build: ${problem}`, {
    hint: 'Have the build write into real folders of the application',
  });
}

/** Whether a path is below `root` and reached without a link. */
export function isPlain(path: string, root: string): boolean {
  return linkOnTheWay(path, root) === undefined;
}

function linkOnTheWay(path: string, root: string): string | undefined {
  const below = relative(root, path);
  if (below.startsWith('..')) return 'it is outside of the application';
  let at = root;
  for (const part of below.split('/')) {
    at = join(at, part);
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true) return `"${relative(root, at)}" is a link`;
  }
  return undefined;
}
