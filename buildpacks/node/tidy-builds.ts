import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledPackage } from './hidden-lockfile.ts';

/** What node-gyp leaves beside what it made: https://github.com/nodejs/node-gyp#what-is-where */
const intermediates = ['obj', 'obj.target', '.deps'];

/**
 * Takes away what was only needed while add-ons were compiled: object files, and make files in which paths of this machine stand. Only where
 * it is certain that node-gyp made them.
 */
export function tidyBuilds(dir: string, installed: readonly InstalledPackage[]): void {
  for (const { path } of installed.filter(({ hasInstallScript }) => hasInstallScript)) {
    const build = join(dir, path, 'build');
    if (!existsSync(join(build, 'config.gypi')) || !existsSync(join(build, 'Makefile'))) continue;
    for (const name of readdirSync(build)) {
      if (/^(?:Makefile|config\.gypi|.*\.mk|.*\.Makefile|node_gyp_bins)$/.test(name))
        rmSync(join(build, name), { recursive: true });
    }
    for (const kind of ['Release', 'Debug']) {
      for (const name of intermediates) rmSync(join(build, kind, name), { recursive: true, force: true });
    }
  }
}
