import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as v from 'valibot';
import { copyTree } from '../../src/buildpack/builtin.ts';
import type { NodeProject } from './find-project.ts';
import type { OwnPackages } from './own-packages.ts';
import type { PackageFile } from './package-file.ts';

/**
 * What npm needs to install the dependencies, and nothing of the source: so the tree that it makes depends on nothing else and can be kept.
 * Our own packages come without their scripts, which run later, where their source is.
 */
export interface StagedFiles {
  /** Contents by path, relative to the workspace. */
  readonly texts: ReadonlyMap<string, string>;
  /** Archives that are copied, relative to the workspace. */
  readonly archives: readonly string[];
  /** Directories that are copied whole: with `install-links` npm packs what is in them. */
  readonly directories: readonly string[];
}

/** Says nothing about dependencies, so that a change there keeps the installed tree. */
const passingFields: ReadonlySet<string> = new Set([
  'scripts',
  'description',
  'keywords',
  'homepage',
  'bugs',
  'license',
  'author',
  'contributors',
  'funding',
  'repository',
  'files',
  'main',
  'module',
  'browser',
  'types',
  'typings',
  'exports',
  'imports',
  'man',
  'directories',
]);

export interface StageOptions {
  readonly workspaceDir: string;
  /** Whether `file:` directories are packed and copied instead of linked. */
  readonly installLinks: boolean;
}

export function stagedFiles(
  project: Pick<NodeProject, 'rootDir' | 'lockfile'>,
  own: OwnPackages,
  { workspaceDir, installLinks }: StageOptions,
): StagedFiles {
  const inWorkspace = (path: string): string => relative(workspaceDir, path);
  const texts = new Map<string, string>();
  texts.set(inWorkspace(join(own.root.dir, 'package.json')), stagedManifest(own.root, true));
  const members = own.linked.filter(({ dir }) => !installLinks || isMember(own.root, dir));
  for (const file of members) texts.set(inWorkspace(join(file.dir, 'package.json')), stagedManifest(file, false));
  if (project.lockfile !== undefined) {
    const file = join(project.rootDir, project.lockfile);
    texts.set(inWorkspace(file), readFileSync(file, 'utf8'));
  }
  return {
    texts,
    archives: own.archives.map(inWorkspace),
    directories: own.linked.filter((file) => !members.includes(file)).map(({ dir }) => inWorkspace(dir)),
  };
}

/** Workspaces are links in any case. */
function isMember(root: PackageFile, dir: string): boolean {
  return root.manifest.workspaces.length > 0 && !relative(root.dir, dir).startsWith('..');
}

function stagedManifest({ manifest }: PackageFile, isRoot: boolean): string {
  const fields = Object.entries(manifest.fields).filter(
    // The version of the root says nothing to npm; those of the others decide what satisfies a range.
    ([name]) => !passingFields.has(name) && !(isRoot && name === 'version'),
  );
  return `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n`;
}

/** Puts the files into an empty directory, in which they have the places that they have in the workspace. */
export async function writeStaged(
  staged: StagedFiles,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  for (const [path, text] of staged.texts) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), text);
  }
  for (const path of staged.archives) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(from, path), join(to, path));
  }
  for (const path of staged.directories) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    await copyTree(join(from, path), join(to, path));
  }
}

/** A hash over all that is staged. The version of the root, which a release changes, stands in lockfiles too and is left out. */
export function hashStaged(staged: StagedFiles, workspaceDir: string, hashTree: (dir: string) => string): string {
  const hash = createHash('sha256');
  for (const [path, text] of staged.texts)
    hash.update(JSON.stringify([path, path.endsWith('.json') ? comparable(text) : text]));
  for (const path of staged.archives) {
    const sum = createHash('sha256')
      .update(readFileSync(join(workspaceDir, path)))
      .digest('hex');
    hash.update(JSON.stringify([path, sum]));
  }
  for (const path of staged.directories) hash.update(JSON.stringify([path, hashTree(join(workspaceDir, path))]));
  return hash.digest('hex');
}

const lockfile = v.looseObject({
  lockfileVersion: v.number(),
  version: v.optional(v.string()),
  packages: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});

function comparable(text: string): string {
  try {
    const found = v.safeParse(lockfile, JSON.parse(text));
    if (!found.success) return text;
    const { version: _version, packages = {}, ...rest } = found.output;
    const { version: _rootVersion, ...root } = packages[''] ?? {};
    return JSON.stringify({ ...rest, packages: { ...packages, '': root } });
  } catch {
    // npm says what is wrong with it.
    return text;
  }
}
