import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { FrameworkOutput } from '../frameworks/find-output.ts';
import type { NodeProject } from '../find-project.ts';
import type { ProductionPackages } from '../workspaces/production-packages.ts';
import { prunePackages } from '../workspaces/prune-packages.ts';
import { isPlain, requirePlain } from './plain-path.ts';

/** Folders with dependencies that stay, as paths on this machine: each is packed apart from the application. */
export interface SelectedFiles {
  readonly dependencies: readonly string[];
  readonly removedPackages: number;
  /** Why other files than dependencies were taken away. */
  readonly reason?: string;
}

export interface SelectOptions {
  readonly project: Pick<NodeProject, 'appDir' | 'rootDir' | 'workspaces'>;
  readonly workspaceDir: string;
  readonly packages: ProductionPackages;
  /** The server that every process starts, when it is one of a framework. */
  readonly output: FrameworkOutput | undefined;
}

/** Takes out of the workspace what the image does not need. */
export function selectFiles({ project, workspaceDir, packages, output }: SelectOptions): SelectedFiles {
  const { appDir } = project;
  requirePlain(appDir, workspaceDir);
  if (output?.contains !== undefined) {
    const kept = join(appDir, output.contains);
    requirePlain(kept, workspaceDir);
    completeStandalone(appDir, output);
    keepOnly(workspaceDir, [kept]);
    return {
      dependencies: modulesBelow(kept, 4),
      removedPackages: 0,
      reason: `${output.name} holds all that it needs: nothing else stays`,
    };
  }
  return selectClosure(project, workspaceDir, packages);
}

function selectClosure(
  { appDir, rootDir, workspaces }: SelectOptions['project'],
  workspaceDir: string,
  { installed, members: linked }: ProductionPackages,
): SelectedFiles {
  // A link of npm's may lead to a folder of this machine that is none of the source.
  const real = realpathSync(workspaceDir);
  const members = [...linked].filter((dir) => isPlain(dir, real)).map((dir) => join(workspaceDir, relative(real, dir)));
  const isMember = appDir !== rootDir;
  const folders = [rootDir, ...(isMember ? [appDir] : []), ...members].map((dir) => join(dir, 'node_modules'));
  const keep = new Set([...installed, ...linked, realpathSync(appDir)]);
  const modules = [...new Set(folders)].filter((dir) => existsSync(dir) && !lstatSync(dir).isSymbolicLink());
  const removedPackages = modules.reduce((sum, dir) => sum + prunePackages(dir, keep).removed, 0);
  const dependencies = modules.filter((dir) => existsSync(dir));
  if (!isMember || workspaces.length === 0) return { dependencies, removedPackages };
  const root = ['package.json', 'node_modules'].map((name) => join(rootDir, name));
  keepOnly(workspaceDir, [appDir, ...members, ...root]);
  return { dependencies, removedPackages, reason: describeMembers(rootDir, [appDir, ...members]) };
}

function describeMembers(rootDir: string, dirs: readonly string[]): string {
  const root = realpathSync(rootDir);
  const names = dirs.map((dir) => relative(root, realpathSync(dir))).toSorted();
  return `Of the workspaces stay ${names.join(', ')}`;
}

/** https://nextjs.org/docs/app/api-reference/config/next-config-js/output: it copies neither of these itself. */
function completeStandalone(appDir: string, { words }: FrameworkOutput): void {
  const [, server = ''] = words;
  if (!server.startsWith('.next/')) return;
  const dir = join(appDir, dirname(server));
  for (const name of ['.next/static', 'public']) {
    const to = join(dir, name);
    const from = join(appDir, name);
    if (!existsSync(from) || existsSync(to)) continue;
    requirePlain(from, appDir);
    requirePlain(to, appDir);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}

/** Removes everything below `dir` that is not one of these, in one of these, or above one of these. */
function keepOnly(dir: string, kept: readonly string[]): void {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (kept.includes(path)) continue;
    if (kept.some((one) => one.startsWith(`${path}/`))) keepOnly(path, kept);
    else rmSync(path, { recursive: true, force: true });
  }
}

function modulesBelow(dir: string, depth: number): readonly string[] {
  if (depth === 0 || !existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => (name === 'node_modules' ? [join(dir, name)] : modulesBelow(join(dir, name), depth - 1)))
    .toSorted();
}
