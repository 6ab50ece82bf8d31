import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { NodeProject } from './find-project.ts';
import type { PackageFile } from './package-file.ts';
import { readPackageFile } from './package-file.ts';

/** The packages whose source is in the workspace: they are linked or are the root itself, and their scripts run in every build. */
export interface OwnPackages {
  readonly root: PackageFile;
  /** Members of the workspaces and directories that a `file:` names, sorted by path. */
  readonly linked: readonly PackageFile[];
  /** Host paths of archives that a `file:` names. */
  readonly archives: readonly string[];
}

/** Follows `file:` from package to package. What lies outside of `workspaceDir` is none of this build and stays out, which npm then says. */
export function findOwnPackages(
  project: NodeProject & { readonly root: PackageFile },
  workspaceDir: string,
): OwnPackages {
  const { root, workspaces } = project;
  const linked = new Map<string, PackageFile>(workspaces.map((member) => [member.dir, member]));
  const archives = new Set<string>();
  const queue: PackageFile[] = [root, ...workspaces];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const path of filePaths(next)) {
      if (!existsSync(path) || relative(workspaceDir, path).startsWith('..')) continue;
      if (statSync(path).isFile()) archives.add(path);
      if (linked.has(path) || path === root.dir) continue;
      const found = statSync(path).isDirectory() ? readPackageFile(path) : undefined;
      if (found === undefined) continue;
      linked.set(path, found);
      queue.push(found);
    }
  }
  return {
    root,
    linked: [...linked.values()].toSorted((a, b) => (a.dir < b.dir ? -1 : 1)),
    archives: [...archives].toSorted(),
  };
}

/** npm's documentation, configuring-npm/package-json#local-paths */
function filePaths({ dir, manifest }: PackageFile): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  return Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies }).flatMap((spec) => {
    const path = /^(?:file:|link:)(.+)$/.exec(spec)?.[1] ?? (/^\.{1,2}\//.test(spec) ? spec : undefined);
    return path === undefined ? [] : [join(dir, path.replace(/^\/\/(?=\.)/, ''))];
  });
}
