import { readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import type { BytePath } from '../fs/byte-path.ts';
import { bytePath, showPath } from '../fs/byte-path.ts';
import { listedError } from '../fs/read-stamped.ts';
import { walk } from '../fs/walk.ts';
import type { Hidden, SourceFilter } from './ignore-filter.ts';
import type { SourceEntry } from './source-tree.ts';

/** One entry with what tells whether it is still the same. */
export interface ListedEntry extends SourceEntry {
  /** The path as the file system has it; `path` shows it where that is not UTF-8. */
  readonly bytes: BytePath;
  readonly linkBytes?: BytePath;
  readonly stat: EntryStat;
}

/** What `lstat` said, as far as it matters. */
export interface EntryStat {
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/** Something that decided about the listing but is not an entry: looked at again to know whether the listing still holds. */
export interface Witness {
  readonly bytes: BytePath;
  readonly stat: EntryStat;
}

export interface SourceListing {
  readonly takenAtMs: number;
  /** A directory comes right before its content, names in the order of their bytes. */
  readonly entries: readonly ListedEntry[];
  readonly witnesses: readonly Witness[];
  readonly notes: SourceNotes;
}

/** What a user should hear about. Paths. */
export interface SourceNotes {
  /** Sockets, named pipes, devices: left out. */
  readonly special: readonly string[];
  /** Symlinks that are absolute or lead out of the source root: kept as they are. */
  readonly escaping: readonly string[];
  /** Kept out by default, not by a rule of the user's, and not everybody's `.git` or `node_modules`. */
  readonly keptOut: readonly string[];
}

/** Lists what enters the build, in one walk that does not go into hidden directories. Throws SOURCE_UNREADABLE, SOURCE_CHANGED. */
export function listSource(root: string, filter: SourceFilter): SourceListing {
  const takenAtMs = Date.now();
  const lister = new Lister(root, filter);
  for (const { relative, stats } of walk(root, { enter: () => lister.enters })) {
    lister.add({ bytes: relative, path: showPath(relative), stats });
  }
  const { entries, witnesses, special, escaping, keptOut } = lister;
  return { takenAtMs, entries, witnesses, notes: { special, escaping, keptOut } };
}

interface FoundFile {
  readonly bytes: BytePath;
  readonly path: string;
  readonly stats: Stats;
}

class Lister {
  readonly entries: ListedEntry[] = [];
  readonly witnesses: Witness[] = [];
  readonly special: string[] = [];
  readonly escaping: string[] = [];
  readonly keptOut: string[] = [];
  /** Whether to go into what was added last, if it is a directory. */
  enters = true;
  /** Hidden directories that were gone into: they are entries only once something in them is. */
  readonly #open: { readonly prefix: string; readonly entry: ListedEntry }[] = [];
  readonly #root: string;
  readonly #filter: SourceFilter;

  constructor(root: string, filter: SourceFilter) {
    this.#root = root;
    this.#filter = filter;
  }

  add(file: FoundFile): void {
    const { bytes, path, stats } = file;
    this.enters = true;
    if (path === '') {
      this.witnesses.push({ bytes, stat: statOf(stats) });
      return;
    }
    const hidden = this.#filter.hiddenBy(path, stats.isDirectory());
    while (this.#open.length > 0 && !path.startsWith(this.#open.at(-1)?.prefix ?? '')) this.#open.pop();
    if (hidden === undefined) {
      this.entries.push(...this.#open.splice(0).map(({ entry }) => entry));
      this.#include(file);
    } else this.#hide(file, hidden);
  }

  #hide(file: FoundFile, { by, byDefault, byContent }: Hidden): void {
    const { bytes, path, stats } = file;
    this.enters = stats.isDirectory() && this.#filter.mayEnterBelow(path);
    if (this.enters) this.#open.push({ prefix: `${path}/`, entry: directoryEntry(file) });
    if (this.enters || byContent) this.witnesses.push({ bytes, stat: statOf(stats) });
    if (byDefault && isWorthNaming(by)) this.keptOut.push(path);
  }

  #include(file: FoundFile): void {
    const { bytes, path, stats } = file;
    const stat = statOf(stats);
    if (stats.isDirectory()) this.entries.push(directoryEntry(file));
    else if (stats.isFile()) {
      const executable = (stats.mode & 0o100) !== 0;
      this.entries.push({ bytes, path, type: 'file', sizeBytes: stats.size, executable, stat });
    } else if (stats.isSymbolicLink()) {
      const entry = linkEntry(this.#root, { bytes, path, stat });
      this.entries.push(entry);
      if (escapes(path, entry.linkTarget ?? '')) this.escaping.push(`${path} -> ${entry.linkTarget}`);
    } else {
      this.special.push(path);
      this.witnesses.push({ bytes, stat });
    }
  }
}

function isWorthNaming(by: string): boolean {
  return !['.git', 'node_modules', 'tsbuildpack.lock'].some((name) => by === `default: ${name}`);
}

function directoryEntry({ bytes, path, stats }: FoundFile): ListedEntry {
  return { bytes, path, type: 'directory', sizeBytes: 0, executable: true, stat: statOf(stats) };
}

/** A symlink as an entry; its target is read. */
export function linkEntry(
  root: string,
  { bytes, path, stat }: { readonly bytes: BytePath; readonly path: string; readonly stat: EntryStat },
): ListedEntry {
  const linkBytes = readLink(root, bytes);
  const linkTarget = showPath(linkBytes);
  return { bytes, path, type: 'symlink', sizeBytes: stat.size, executable: false, linkTarget, linkBytes, stat };
}

function readLink(root: string, relative: BytePath): BytePath {
  const path = inRoot(root, relative);
  try {
    return bytePath(readlinkSync(path, 'buffer'));
  } catch (error) {
    throw listedError(error, path);
  }
}

/** The host path of an entry. */
export function inRoot(root: string, relative: BytePath): BytePath {
  if (typeof relative === 'string') return relative === '' ? root : `${root}/${relative}`;
  return Buffer.concat([Buffer.from(`${root}/`), relative]);
}

/** Whether a link points to a place outside of the source root, which will not be there in the image. */
export function escapes(path: string, target: string): boolean {
  if (target.startsWith('/')) return true;
  const place = posix.normalize(posix.join(posix.dirname(path), target));
  return place === '..' || place.startsWith('../');
}

/** What is kept of what `lstat` says. */
export function statOf({ mode, size, mtimeMs, ctimeMs, ino }: Stats): EntryStat {
  return { mode, size, mtimeMs, ctimeMs, ino };
}
