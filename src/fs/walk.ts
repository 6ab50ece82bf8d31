import type { Stats } from 'node:fs';
import { lstatSync } from 'node:fs';
import type { BytePath } from './byte-path.ts';
import { compareBytePaths, joinBytePath } from './byte-path.ts';
import { readDir } from './read-dir.ts';
import { listedError } from './read-stamped.ts';

export interface WalkedFile {
  /** Host path. */
  readonly path: BytePath;
  /** From the root of the walk, `/`-separated; empty for the root itself. */
  readonly relative: BytePath;
  /** Of the file itself, never of what a symlink points to. */
  readonly stats: Stats;
}

export interface WalkOptions {
  /**
   * `walk`: a directory's content right behind it, names in the order of their bytes, as Go's `filepath.Walk`.
   * `path`: by the whole path's bytes, so that `a-b` and `a.txt` come before `a/x`.
   * @default 'walk'
   */
  readonly order?: 'walk' | 'path';
  /** Whether to go into a directory (which is itself listed either way). @default always */
  readonly enter?: (relative: BytePath) => boolean;
}

/**
 * The root and everything below it, listed lazily: memory is bounded by the largest directory and the depth, not by the tree. Symlinks
 * are listed and never followed. System calls are synchronous, four times as fast as promises here.
 * Throws SOURCE_CHANGED when something vanishes meanwhile, SOURCE_UNREADABLE for what may not be read.
 */
export function* walk(root: BytePath, options: WalkOptions = {}): Generator<WalkedFile> {
  const { order = 'walk', enter = (): boolean => true } = options;
  const file = listed(root, '');
  yield file;
  if (file.stats.isDirectory() && enter('')) yield* order === 'walk' ? below(file, enter) : belowByPath(file, enter);
}

function* below(directory: WalkedFile, enter: (relative: BytePath) => boolean): Generator<WalkedFile> {
  for (const name of namesIn(directory.path)) {
    const file = child(directory, name);
    yield file;
    if (file.stats.isDirectory() && enter(file.relative)) yield* below(file, enter);
  }
}

/** The content of a directory `a` sorts as `a/…`, behind siblings such as `a-b`: it waits until its turn. */
function* belowByPath(directory: WalkedFile, enter: (relative: BytePath) => boolean): Generator<WalkedFile> {
  const waiting: { readonly key: BytePath; readonly file: WalkedFile }[] = [];
  for (const name of namesIn(directory.path)) {
    for (let next = waiting.at(-1); next !== undefined && compareBytePaths(next.key, name) < 0; next = waiting.at(-1)) {
      waiting.pop();
      yield* belowByPath(next.file, enter);
    }
    const file = child(directory, name);
    yield file;
    if (file.stats.isDirectory() && enter(file.relative)) waiting.push({ key: joinBytePath(name, ''), file });
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) yield* belowByPath(next.file, enter);
}

function child(directory: WalkedFile, name: BytePath): WalkedFile {
  const relative = directory.relative.length === 0 ? name : joinBytePath(directory.relative, name);
  return listed(joinBytePath(directory.path, name), relative);
}

function listed(path: BytePath, relative: BytePath): WalkedFile {
  try {
    return { path, relative, stats: lstatSync(path) };
  } catch (error) {
    throw listedError(error, path);
  }
}

function namesIn(path: BytePath): readonly BytePath[] {
  try {
    return readDir(path);
  } catch (error) {
    throw listedError(error, path);
  }
}
