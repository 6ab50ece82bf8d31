import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { PackageFile } from './package-file.ts';
import { readPackageFile } from './package-file.ts';

/** A member of npm workspaces. */
export interface WorkspacePackage extends PackageFile {
  /** Relative to the root, `/`-separated. */
  readonly path: string;
}

/**
 * The members that the `workspaces` of a package.json name, sorted by path. A pattern that begins with `!` takes out again.
 * npm's documentation, using-npm/workspaces
 */
export function findWorkspaces(root: PackageFile): readonly WorkspacePackage[] {
  const found = new Map<string, WorkspacePackage>();
  for (const pattern of root.manifest.workspaces) {
    const isNegated = pattern.startsWith('!');
    const plain = pattern
      .replace(/^!/, '')
      .replace(/^\.?\//, '')
      .replace(/\/+$/, '');
    for (const dir of matching(root.dir, plain === '' ? [] : plain.split('/'))) {
      const path = relative(root.dir, dir).replaceAll('\\', '/');
      if (isNegated) found.delete(path);
      else addWorkspace(found, dir, path);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function addWorkspace(found: Map<string, WorkspacePackage>, dir: string, path: string): void {
  if (path === '' || path.startsWith('..')) return;
  const file = readPackageFile(dir);
  if (file !== undefined) found.set(path, { ...file, path });
}

/** Directories that segments with `*`, `?`, `**` and `{a,b}` name. */
function matching(dir: string, [first, ...rest]: readonly string[]): readonly string[] {
  if (first === undefined) return [dir];
  if (first === '**')
    return [dir, ...foldersIn(dir).flatMap((name) => matching(join(dir, name), ['**']))].flatMap((found) =>
      matching(found, rest),
    );
  if (!/[*?{[]/.test(first)) {
    const named = join(dir, first);
    return existsSync(named) ? matching(named, rest) : [];
  }
  const pattern = segmentPattern(first);
  return foldersIn(dir)
    .filter((name) => pattern.test(name))
    .flatMap((name) => matching(join(dir, name), rest));
}

function foldersIn(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .toSorted();
}

function segmentPattern(segment: string): RegExp {
  const source = segment.replaceAll(/[*?{},]|[.+^$()|\\]/g, (token) => tokens[token] ?? `\\${token}`);
  return new RegExp(`^${source}$`);
}

const tokens: Readonly<Record<string, string>> = { '*': '[^/]*', '?': '[^/]', '{': '(?:', '}': ')', ',': '|' };
