import type { Stats } from 'node:fs';
import { lstatSync } from 'node:fs';
import type { BytePath } from './byte-path.ts';
import { joinBytePath } from './byte-path.ts';
import { readDir } from './read-dir.ts';
import type { WalkedFile } from './walk.ts';
import { walk } from './walk.ts';

/**
 * What `lstat` said about everything in a tree, to tell later without reading any content that nothing changed. The change time (which no
 * program can set) is part of it, so that restored modification times do not deceive.
 */
export interface StatIndex {
  /** When listing began, in milliseconds since 1970. */
  readonly takenAtMs: number;
  /** Relative to the root, which is the first and empty, in the order of `walk()`. */
  readonly paths: readonly BytePath[];
  /** For each path: mode, size, modification time, change time, inode. */
  readonly numbers: Float64Array;
}

export interface IndexOptions {
  /** Paths to leave out, directories with all below. */
  readonly exclude?: (relative: BytePath) => boolean;
}

const width = 5;

/** Lists a tree. Throws SOURCE_CHANGED, SOURCE_UNREADABLE. */
export function indexTree(root: string, { exclude = (): boolean => false }: IndexOptions = {}): StatIndex {
  const builder = new StatIndexBuilder();
  for (const file of walk(root, { enter: (path) => !exclude(path) })) {
    if (file.relative.length === 0 || !exclude(file.relative)) builder.add(file);
  }
  return builder.finish();
}

/** Makes an index from a walk that somebody else does. Make it before the walk begins. */
export class StatIndexBuilder {
  readonly #takenAtMs = Date.now();
  readonly #paths: BytePath[] = [];
  readonly #numbers: number[] = [];

  add({ relative, stats }: WalkedFile): void {
    this.#paths.push(relative);
    this.#numbers.push(stats.mode, stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino);
  }

  finish(): StatIndex {
    return { takenAtMs: this.#takenAtMs, paths: this.#paths, numbers: Float64Array.from(this.#numbers) };
  }
}

/**
 * The first path that is not, or may not be, as it was when the index was taken; undefined when all are. Directories are not read again:
 * their times tell whether something came or went. Only where these differ, names are compared, for what came may be excluded.
 */
export function firstChange(
  root: string,
  index: StatIndex,
  { exclude = (): boolean => false }: IndexOptions = {},
): BytePath | undefined {
  const { paths } = index;
  for (let position = 0; position < paths.length; position += 1) {
    const path = paths[position] ?? '';
    const absolute = path.length === 0 ? root : joinBytePath(root, path);
    const stats = lstatSync(absolute, missingIsUndefined);
    if (stats === undefined) return path;
    if (isUnchanged(index, position, stats)) continue;
    if (!stats.isDirectory() || stats.mode !== index.numbers[position * width]) return path;
    if (!hasSameNames(index, position, { absolute, exclude })) return path;
  }
  return undefined;
}

const missingIsUndefined = { throwIfNoEntry: false } as const;

/** The paths that came, went, changed or may have changed between two indexes of a tree, in no particular order. */
export function compareIndex(old: StatIndex, now: StatIndex): readonly BytePath[] {
  const known = new Map(old.paths.map((path, position) => [pathKey(path), position]));
  const different: BytePath[] = [];
  for (const [position, path] of now.paths.entries()) {
    const before = known.get(pathKey(path));
    known.delete(pathKey(path));
    if (before === undefined || !isSame(old, before, now.numbers.subarray(position * width))) different.push(path);
  }
  for (const position of known.values()) different.push(old.paths[position] ?? '');
  return different;
}

function pathKey(path: BytePath): string {
  return typeof path === 'string' ? path : `\0${path.toString('latin1')}`;
}

/** Field by field: this is called for every file of an unchanged build. */
function isUnchanged({ numbers, takenAtMs }: StatIndex, position: number, stats: Stats): boolean {
  const at = position * width;
  return (
    numbers[at] === stats.mode &&
    numbers[at + 1] === stats.size &&
    numbers[at + 2] === stats.mtimeMs &&
    numbers[at + 3] === stats.ctimeMs &&
    numbers[at + 4] === stats.ino &&
    isSettled(stats.mtimeMs, takenAtMs) &&
    isSettled(stats.ctimeMs, takenAtMs)
  );
}

function isSame({ numbers, takenAtMs }: StatIndex, position: number, now: Float64Array): boolean {
  const at = position * width;
  for (let field = 0; field < width; field += 1) if (numbers[at + field] !== now[field]) return false;
  return isSettled(numbers[at + 2] ?? 0, takenAtMs) && isSettled(numbers[at + 3] ?? 0, takenAtMs);
}

/**
 * A file written just before it was listed may be written once more without its times moving, because clocks of file systems tick: every
 * few milliseconds, on some every second or two. Such an entry is never trusted (git's rule for its "racily clean" entries).
 */
export function isSettled(timeMs: number, takenAtMs: number): boolean {
  const tickMs = timeMs % 1000 === 0 ? 2000 : 50;
  return timeMs < takenAtMs - tickMs;
}

interface DirectoryNow {
  readonly absolute: BytePath;
  readonly exclude: (relative: BytePath) => boolean;
}

/** Whether a directory still holds the names of the index, apart from excluded ones. */
function hasSameNames({ paths }: StatIndex, position: number, { absolute, exclude }: DirectoryNow): boolean {
  const directory = paths[position] ?? '';
  const inDirectory = (name: BytePath): BytePath => (directory.length === 0 ? name : joinBytePath(directory, name));
  const names = readDir(absolute)
    .map(inDirectory)
    .filter((path) => !exclude(path));
  const now = new Set(names.map(pathKey));
  // A directory's content follows it; one level down means one slash more.
  const depth = slashes(directory) + (directory.length === 0 ? 0 : 1);
  for (let next = position + 1; next < paths.length; next += 1) {
    const path = paths[next] ?? '';
    if (slashes(path) < depth) break;
    if (slashes(path) === depth && !now.delete(pathKey(path))) return false;
  }
  return now.size === 0;
}

function slashes(path: BytePath): number {
  const text = typeof path === 'string' ? path : path.toString('latin1');
  return text.split('/').length - 1;
}
