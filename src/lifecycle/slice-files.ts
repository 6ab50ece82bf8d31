import { posix } from 'node:path';
import { compileGoGlob } from '../cnb/go-glob.ts';
import { TsbuildpackError } from '../errors.ts';

export interface SliceableFile {
  /** Relative to the application, `/`-separated; empty for the application's directory itself. */
  readonly path: string;
  readonly isDirectory: boolean;
}

export interface SlicePatterns {
  readonly paths: readonly string[];
}

/**
 * Deals the application's files out to its slices — https://github.com/buildpacks/spec/blob/main/buildpack.md#launchtoml-toml:
 * one list for each slice, then one for what is left. A slice sees only what earlier ones left; a matched directory
 * takes everything below it along; the directories above a match are repeated; a directory whose children are all taken is
 * taken too (EXP-09, EXP-10). Lists are sorted by path. Throws BUILD_OUTPUT_INVALID for a malformed pattern.
 */
export function sliceFiles<File extends SliceableFile>(
  files: readonly File[],
  slices: readonly SlicePatterns[],
  appImageDir: string,
): readonly (readonly File[])[] {
  const tree = new SliceableTree(files);
  const lists = slices.map(({ paths }) => {
    const matchers = paths.map((pattern) => compilePattern(pattern, appImageDir));
    const matches = files.filter(({ path }) => path !== '' && matchers.some((matcher) => matcher(path)));
    return tree.take(matches);
  });
  return [...lists, tree.rest()];
}

function compilePattern(pattern: string, appImageDir: string): (path: string) => boolean {
  const clean = posix.normalize(pattern).replace(/(?<=.)\/$/, '');
  // The specification allows absolute patterns inside the application: EXP-12.
  const relative = clean.startsWith(`${appImageDir}/`) ? clean.slice(appImageDir.length + 1) : clean;
  const matches = compileGoGlob(relative);
  if (matches !== undefined) return matches;
  throw new TsbuildpackError(
    'BUILD_OUTPUT_INVALID',
    `Cannot slice the application by "${pattern}": the pattern is malformed`,
    {
      hint: 'Slices take patterns as Go’s filepath.Match: *, ?, [a-z], and a backslash before a character that is meant as it is',
    },
  );
}

class SliceableTree<File extends SliceableFile> {
  readonly #files = new Map<string, File>();
  readonly #children = new Map<string, string[]>();
  readonly #taken = new Set<string>();

  constructor(files: readonly File[]) {
    for (const file of files) {
      this.#files.set(file.path, file);
      if (file.path === '') continue;
      const parent = parentOf(file.path);
      const siblings = this.#children.get(parent);
      if (siblings) siblings.push(file.path);
      else this.#children.set(parent, [file.path]);
    }
  }

  take(matches: readonly File[]): readonly File[] {
    const matched = new Set<string>();
    for (const { path } of matches) this.#takeTree(path, matched);
    const parents = new Set<string>();
    for (const path of matched) {
      for (let parent = parentOf(path); !parents.has(parent); parent = parentOf(parent)) {
        if (!matched.has(parent)) parents.add(parent);
        if (parent === '') break;
      }
    }
    this.#closeParents(parents);
    return this.#listed([...matched, ...parents]);
  }

  rest(): readonly File[] {
    return this.#listed([...this.#files.keys()].filter((path) => !this.#taken.has(path)));
  }

  #takeTree(path: string, matched: Set<string>): void {
    if (this.#taken.has(path)) return;
    for (const child of this.#children.get(path) ?? []) this.#takeTree(child, matched);
    matched.add(path);
    this.#taken.add(path);
  }

  /** Children before their parents, so that a whole branch can be found taken. */
  #closeParents(parents: ReadonlySet<string>): void {
    const deepestFirst = [...parents].toSorted((a, b) => depthOf(b) - depthOf(a));
    for (const path of deepestFirst) {
      const children = this.#children.get(path) ?? [];
      if (children.every((child) => this.#taken.has(child))) this.#taken.add(path);
    }
  }

  #listed(paths: readonly string[]): readonly File[] {
    return paths
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((path) => this.#files.get(path))
      .filter((file) => file !== undefined);
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function depthOf(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}
