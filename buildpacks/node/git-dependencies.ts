import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { InstalledPackage } from './hidden-lockfile.ts';
import type { PackageFile } from './package-file.ts';
import { readPackageFile } from './package-file.ts';

/**
 * A package that comes out of a git repository may have to build itself with `prepare`, for which npm would install its development dependencies
 * while it fetches, beside our credentials. That does not happen here, so what is not built already is an error: BUILD_FAILED.
 */
export function refuseUnprepared(rootDir: string, installed: readonly InstalledPackage[]): void {
  const unprepared = installed.filter((one) => {
    const file = /^git[+:]/.test(one.resolved ?? '') ? readPackageFile(join(rootDir, one.path)) : undefined;
    return file !== undefined && buildsItself(file) && !isBuilt(file);
  });
  const [first] = unprepared;
  if (first === undefined) return;
  const names = unprepared.map(({ name }) => name).join(', ');
  throw new TsbuildpackError(
    'BUILD_FAILED',
    `Cannot install ${names} from git: what it builds with its script "prepare" is not in the repository`,
    {
      hint: 'Depend on a published version, on an archive of it (npm pack, then "file:NAME.tgz"), or on a branch that holds the built files',
    },
  );
}

function buildsItself({ manifest }: PackageFile): boolean {
  return manifest.scripts['prepare'] !== undefined || manifest.scripts['prepack'] !== undefined;
}

/** Whether what is loaded first is there: https://nodejs.org/api/packages.html#package-entry-points */
function isBuilt({ dir, manifest }: PackageFile): boolean {
  const { main, bin, fields } = manifest;
  const entries = [...pathsOf(fields['exports']), ...Object.values(bin), ...(main === undefined ? [] : [main])];
  const named = entries.filter((path) => !path.includes('*'));
  if (named.length === 0) return true;
  return named.some((path) =>
    ['', '.js', '.cjs', '.mjs', '/index.js'].some((end) => existsSync(join(dir, path + end))),
  );
}

function pathsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsOf) : [];
}
