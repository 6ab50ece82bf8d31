import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';

/** A package that npm has installed. */
export interface InstalledPackage {
  /** Relative to the root: `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string | undefined;
  /** Where it came from: an address, `git+ssh://…`. */
  readonly resolved: string | undefined;
  /** Only needed for development; not also by something optional of production. */
  readonly dev: boolean;
  /** Nobody minds when it cannot be installed. */
  readonly optional: boolean;
  readonly hasInstallScript: boolean;
  /** A link to a package of the workspace. */
  readonly link: boolean;
}

const schema = v.object({
  packages: v.record(
    v.string(),
    v.object({
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      resolved: v.optional(v.string()),
      dev: v.optional(v.boolean()),
      optional: v.optional(v.boolean()),
      hasInstallScript: v.optional(v.boolean()),
      link: v.optional(v.boolean()),
    }),
  ),
});

/**
 * What is installed below a root: npm 7 and later write it beside the packages, in the form of lockfiles of version 3. Empty when nothing is
 * installed. npm's documentation, configuring-npm/package-lock-json#hidden-lockfiles
 */
export function readInstalled(rootDir: string): readonly InstalledPackage[] {
  const modules = join(rootDir, 'node_modules');
  const file = join(modules, '.package-lock.json');
  if (!existsSync(file)) {
    const isEmpty = !existsSync(modules) || readdirSync(modules).every((name) => name.startsWith('.'));
    if (isEmpty) return [];
    throw new TsbuildpackError(
      'BUILD_FAILED',
      'Cannot see what npm has installed: it left no node_modules/.package-lock.json',
      {
        hint: 'npm 7 or later is needed: ask for it with "packageManager" or "engines" of package.json',
      },
    );
  }
  const { packages } = v.parse(schema, JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(packages).map(([path, entry]) => ({
    path,
    name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version: entry.version,
    resolved: entry.resolved,
    dev: entry.dev ?? false,
    optional: entry.optional ?? false,
    hasInstallScript: entry.hasInstallScript ?? false,
    link: entry.link ?? false,
  }));
}
