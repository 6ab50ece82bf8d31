import type { SourceFilter } from './ignore-filter.ts';

/**
 * A filter that also keeps these paths out (relative to the root), whatever the rules say: what a build itself writes. A file that
 * enters the next build would make it another one each time.
 */
export function hidePaths(filter: SourceFilter, paths: readonly string[]): SourceFilter {
  if (paths.length === 0) return filter;
  const hides = (path: string): boolean => paths.some((hidden) => path === hidden || path.startsWith(`${hidden}/`));
  return {
    hiddenBy: (path, isDirectory) =>
      hides(path)
        ? { by: 'it is what this build writes', byDefault: false, byContent: false }
        : filter.hiddenBy(path, isDirectory),
    mayEnterBelow: (directory) => !hides(directory) && filter.mayEnterBelow(directory),
    key: JSON.stringify([filter.key, paths.toSorted()]),
  };
}
