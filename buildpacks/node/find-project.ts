import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { BuiltinDetectContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { WorkspacePackage } from './find-workspaces.ts';
import { findWorkspaces } from './find-workspaces.ts';
import type { PackageFile } from './package-file.ts';
import { readPackageFile } from './package-file.ts';

/** A Node application and the packages of the same repository that are installed with it. Paths are those of the host. */
export interface NodeProject {
  /** The directory that is built. */
  readonly appDir: string;
  /** Its package.json; undefined for a lone server.js. */
  readonly app: PackageFile | undefined;
  /** Where npm installs: the root of the workspaces that the application belongs to, else appDir. */
  readonly rootDir: string;
  readonly root: PackageFile | undefined;
  /** All members of the workspaces of the root. Empty when there are none. */
  readonly workspaces: readonly WorkspacePackage[];
  /** The lockfile in rootDir; npm-shrinkwrap.json comes first, as for npm. */
  readonly lockfile: 'npm-shrinkwrap.json' | 'package-lock.json' | undefined;
}

type ProjectPlace = Pick<BuiltinDetectContext, 'appDir' | 'workspaceDir'>;

/** Files that are an application without a package.json. */
const loneFiles = ['server.js', 'server.mjs', 'server.cjs'];

/** Undefined when the folder is no Node application. Throws INVALID_INPUT for a package.json that cannot be read. */
export function findProject(context: ProjectPlace): NodeProject | undefined {
  try {
    return projectAt(context);
  } catch (error) {
    if (!(error instanceof TsbuildpackError)) throw error;
    // The workspace is a copy, whose place says nothing to the user.
    const message = error.message.replaceAll(`"${context.workspaceDir}/`, '"');
    const { code, detail, hint } = error;
    throw new TsbuildpackError(code, message, {
      cause: error,
      ...(detail !== undefined && { detail }),
      ...(hint !== undefined && { hint }),
    });
  }
}

function projectAt({ appDir, workspaceDir }: ProjectPlace): NodeProject | undefined {
  const app = readPackageFile(appDir);
  if (app === undefined && !loneFiles.some((name) => existsSync(join(appDir, name)))) return undefined;
  const { root, workspaces } = rootOf(app, appDir, workspaceDir);
  const rootDir = root?.dir ?? appDir;
  const lockfile = (['npm-shrinkwrap.json', 'package-lock.json'] as const).find((name) =>
    existsSync(join(rootDir, name)),
  );
  return { appDir, app, rootDir, root, workspaces, lockfile };
}

/** The nearest package.json, from the application up to the workspace's root, that has the application among its workspaces. */
function rootOf(
  app: PackageFile | undefined,
  appDir: string,
  workspaceDir: string,
): { readonly root: PackageFile | undefined; readonly workspaces: readonly WorkspacePackage[] } {
  if (app !== undefined && app.manifest.workspaces.length > 0) return { root: app, workspaces: findWorkspaces(app) };
  for (let dir = appDir; dir !== workspaceDir && dir !== dirname(dir);) {
    dir = dirname(dir);
    const above = readPackageFile(dir);
    const workspaces = above === undefined ? [] : findWorkspaces(above);
    if (workspaces.some((member) => member.dir === appDir)) return { root: above, workspaces };
  }
  return { root: app, workspaces: [] };
}

/** For messages and for npm: `apps/api`, `.`. */
export function pathInRoot({ rootDir }: Pick<NodeProject, 'rootDir'>, path: string): string {
  return relative(rootDir, path).replaceAll('\\', '/') || '.';
}
