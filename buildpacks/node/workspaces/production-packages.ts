import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest } from '../package-file.ts';
import { readPackageFile } from '../package-file.ts';

/** The packages that an application loads when it runs. Host paths, links followed. */
export interface ProductionPackages {
  /** Directories of packages that were installed. */
  readonly installed: ReadonlySet<string>;
  /** Directories of members of the workspaces that it depends on, itself not among them. */
  readonly members: ReadonlySet<string>;
}

/**
 * Follows the dependencies of a package as Node looks them up: `node_modules` of its folder, then of the folders above, up to
 * `rootDir`. What npm has put there for development alone is not reached. Peers come along unless they are optional, as npm installs
 * them: npm's documentation, configuring-npm/package-json#peerdependencies
 */
export function productionPackages(appDir: string, rootDir: string): ProductionPackages {
  const root = realpathSync(rootDir);
  const start = realpathSync(appDir);
  const installed = new Set<string>();
  const members = new Set<string>();
  const queue = [start];
  for (let dir = queue.shift(); dir !== undefined; dir = queue.shift()) {
    const manifest = readPackageFile(dir)?.manifest;
    for (const name of manifest === undefined ? [] : neededBy(manifest)) {
      const found = lookUp(name, dir, root);
      if (found === undefined || found === start || installed.has(found) || members.has(found)) continue;
      (isInstalled(found) ? installed : members).add(found);
      queue.push(found);
    }
  }
  return { installed, members };
}

/** Names; what is not there is left to npm, which knows what may be missing. */
function neededBy({ dependencies, optionalDependencies, fields }: Manifest): ReadonlySet<string> {
  const peersMeta = recordOf(fields['peerDependenciesMeta']);
  const peers = Object.keys(recordOf(fields['peerDependencies'])).filter(
    (name) => recordOf(peersMeta[name])['optional'] !== true,
  );
  const bundled: unknown = fields['bundleDependencies'] ?? fields['bundledDependencies'];
  const bundledNames = Array.isArray(bundled) ? bundled.filter((name): name is string => typeof name === 'string') : [];
  return new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers, ...bundledNames]);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function lookUp(name: string, from: string, root: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    const found = join(dir, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return realpathSync(found);
    if (dir === root || dir === dirname(dir)) return undefined;
  }
}

function isInstalled(dir: string): boolean {
  return dir.includes('/node_modules/');
}
