import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { packageRoot } from '../fs/package-root.ts';
import { compileModule } from './compile-module.ts';

/** A buildpack module on this machine. */
export interface ModuleFiles {
  /** Absolute path of the file that exports the definition. */
  readonly entry: string;
  /** The directory that is its own: it sees this one and the packages installed for it. */
  readonly root: string;
}

/** The bundled files of ours that take part in running a module. */
export interface RunnerFiles {
  readonly runner: string;
  /** `tsbuildpack/buildpack` */
  readonly api: string;
}

export function bundledRunner(): RunnerFiles {
  const dist = join(packageRoot(), 'dist');
  return { runner: join(dist, 'buildpack-runner.js'), api: join(dist, 'buildpack.js') };
}

/** A module that is ready to be imported: where it stands, or as code that has to be written somewhere first. */
export type ReadyModule = { readonly file: string } | { readonly code: string };

export async function readyModule({ entry }: ModuleFiles, { api }: RunnerFiles): Promise<ReadyModule> {
  return ['.ts', '.mts'].includes(extname(entry)) ? { code: await compileModule(entry, api) } : { file: entry };
}

/**
 * Host paths that the child has to see: node, our runner, the module, the packages that it may import. A module that lies about in a
 * home is alone: what else is there is nobody's business.
 */
export function readableFor({ root, entry }: ModuleFiles, { runner, api }: RunnerFiles): readonly string[] {
  const own = holdsHome(root) ? [entry] : [root, ...packagesAbove(root)];
  return [...new Set([process.execPath, dirname(runner), dirname(api), ...own])];
}

function holdsHome(root: string): boolean {
  const prefix = root === '/' ? root : `${root}/`;
  return homes().some((home) => home === root || home.startsWith(prefix));
}

/** What HOME says and what the account database says; an id without an account has only the first, if that. */
function homes(): readonly string[] {
  return [homedir, () => userInfo().homedir].flatMap((find) => {
    try {
      return [find()];
    } catch {
      return [];
    }
  });
}

/** Also package.json, which says what kind of modules the `.js` files below it are. */
function packagesAbove(root: string): readonly string[] {
  const parent = dirname(root);
  if (parent === root) return [];
  const here = ['node_modules', 'package.json'].map((name) => join(parent, name)).filter((path) => existsSync(path));
  return [...here, ...packagesAbove(parent)];
}
