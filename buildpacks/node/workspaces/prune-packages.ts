import { lstatSync, readdirSync, realpathSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Caches and notes that tools leave beside the packages; other hidden folders hold generated code, such as `.prisma`. */
const leftovers: ReadonlySet<string> = new Set([
  '.cache',
  '.package-lock.json',
  '.vite',
  '.vite-temp',
  '.yarn-integrity',
  '.modules.yaml',
]);

export interface PruneResult {
  /** How many packages were taken away. */
  readonly removed: number;
}

/**
 * Takes out of a `node_modules` every package that is not among `keep` (host paths, links followed), links to programs of such
 * packages, and leftovers. Runs nothing, needs no network and no lockfile.
 */
export function prunePackages(nodeModules: string, keep: ReadonlySet<string>): PruneResult {
  if (!isDirectory(nodeModules)) return { removed: 0 };
  const kept = [...keep].map((dir) => realOf(dir) ?? dir);
  const removed = pruneIn(nodeModules, new Set(kept), new Set(kept.flatMap(ancestorsOf)));
  return { removed };
}

function pruneIn(nodeModules: string, keep: ReadonlySet<string>, above: ReadonlySet<string>): number {
  let removed = 0;
  for (const { name, path } of packagesIn(nodeModules)) {
    const real = realOf(path);
    const isKept = real !== undefined && keep.has(real);
    // What a link leads to is no part of this folder, and may be anywhere.
    if (isKept && isDirectory(path)) removed += pruneIn(join(path, 'node_modules'), keep, above);
    if (isKept) continue;
    // A package may go while one inside of it stays: a bundled one, found from elsewhere by nobody, but kept is kept.
    if (real === undefined || !above.has(real)) {
      rmSync(path, { recursive: true, force: true });
      removed += 1;
    }
    if (name.startsWith('@')) removeEmpty(dirname(path));
  }
  for (const name of isDirectory(nodeModules) ? readdirSync(nodeModules) : []) {
    if (leftovers.has(name)) rmSync(join(nodeModules, name), { recursive: true, force: true });
  }
  removeDeadLinks(join(nodeModules, '.bin'));
  removeEmpty(nodeModules);
  return removed;
}

interface Entry {
  /** With its scope. */
  readonly name: string;
  readonly path: string;
}

function packagesIn(nodeModules: string): readonly Entry[] {
  if (!isDirectory(nodeModules)) return [];
  return readdirSync(nodeModules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      const path = join(nodeModules, name);
      if (!name.startsWith('@') || !isDirectory(path)) return [{ name, path }];
      return readdirSync(path).map((inner) => ({ name: `${name}/${inner}`, path: join(path, inner) }));
    });
}

function removeDeadLinks(dir: string): void {
  if (!isDirectory(dir)) return;
  for (const name of readdirSync(dir)) {
    if (realOf(join(dir, name)) === undefined) rmSync(join(dir, name), { force: true });
  }
  removeEmpty(dir);
}

function removeEmpty(dir: string): void {
  if (isDirectory(dir) && readdirSync(dir).length === 0) rmdirSync(dir);
}

function ancestorsOf(dir: string): readonly string[] {
  const found: string[] = [];
  for (let at = dirname(dir); at !== dirname(at); at = dirname(at)) found.push(at);
  return found;
}

/** Undefined for a link that leads nowhere. */
function realOf(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : realpathSync(path);
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
