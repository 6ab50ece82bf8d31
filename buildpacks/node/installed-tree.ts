import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { copyTree, removeTree } from '../../src/buildpack/builtin.ts';
import { linkTree } from './link-tree.ts';

/**
 * The installed dependencies, kept from build to build in a cache layer: the tree after the dependencies' own scripts, which depends on
 * nothing but its key. It is looked after here and not by `layer()` with a key, because a tool's cache is moved and not copied.
 */
export interface InstalledTree {
  /** Host path of a directory in which everything has the place that it has in the workspace. */
  readonly dir: string;
  /** Whether it was there. */
  readonly restored: boolean;
}

export interface InstalledTreeOptions {
  /** Name of the layer. */
  readonly name: string;
  /** What the tree depends on. */
  readonly key: string;
}

/** The tree of the last build, if its key is the same, else what `install` puts into an empty directory. */
export async function installedTree(
  context: Pick<BuiltinBuildContext, 'layer'>,
  { name, key }: InstalledTreeOptions,
  install: (dir: string) => Promise<void>,
): Promise<InstalledTree> {
  const layer = await context.layer(name, { cache: true, toolCache: true });
  const [dir, keyFile] = [join(layer.path, 'tree'), join(layer.path, 'key')];
  if (existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return { dir, restored: true };
  rmSync(keyFile, { force: true });
  await removeTree(dir);
  await mkdir(dir);
  await install(dir);
  // Last: a tree without its key is none, whatever ended the build.
  writeFileSync(keyFile, key);
  return { dir, restored: false };
}

export interface PlaceOptions {
  /** Host path of the tree. */
  readonly from: string;
  /** Host path of the workspace. */
  readonly workspaceDir: string;
  /** Host paths of the packages in the workspace that may have a node_modules. */
  readonly packages: readonly string[];
  /** Whether nothing writes into the files afterwards, so that they need not be copies. */
  readonly shared: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Puts every node_modules of a tree to its place in the workspace. */
export async function placeTree({ from, workspaceDir, packages, shared, signal }: PlaceOptions): Promise<void> {
  for (const dir of packages) {
    const modules = join(from, relative(workspaceDir, dir), 'node_modules');
    const to = join(dir, 'node_modules');
    await removeTree(to);
    if (!existsSync(modules)) continue;
    await mkdir(dirname(to), { recursive: true });
    if (shared) linkTree(modules, to);
    else await copyTree(modules, to, { signal });
  }
}
