import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { refused, splitName } from '../layer/root-directory.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import type { DebianPackage } from './debian-package.ts';
import { isMatch } from './relation.ts';

/** As many as Linux follows. */
const maxSymlinks = 40;

/** An entry whose names are text: Debian's are UTF-8. The target of a hard link is the path of a file. */
export interface TreeEntry extends TarEntry {
  readonly path: string;
  readonly linkTarget?: string;
}

interface Node {
  readonly entry: TreeEntry;
  /** Undefined for what no package ships. */
  readonly owner: DebianPackage | undefined;
}

/**
 * The root file system that packages make together, as dpkg would lay it out: a directory that another package has made a symlink is
 * entered through it, and a file belongs to one package unless another says that it replaces it. Nothing is on disk here.
 */
export class FileTree {
  readonly #nodes = new Map<string, Node>();
  /** Directories known to be reached without a symlink, and all above them. */
  readonly #plain = new Set<string>(['']);

  /** Where a name of an archive is: absolute, symlinks on its way replaced, the last part as it is; `/` for the root. Throws ARCHIVE_INVALID. */
  place(name: BytePath): string {
    const parts = splitName(name).map((part) => textOf(part, name));
    const last = parts.pop();
    if (last === undefined) return '/';
    const direct = parts.map((part) => `/${part}`).join('');
    if (this.#plain.has(direct)) return `${direct}/${last}`;
    const { path, isFile } = this.#resolve(parts, name);
    if (isFile) throw refused(name, 'one of its directories is a file');
    if (path === direct) for (let at = direct; !this.#plain.has(at); at = above(at)) this.#plain.add(at);
    return `${path}/${last}`;
  }

  get(path: string): TreeEntry | undefined {
    return this.#nodes.get(path)?.entry;
  }

  /** The file or directory that a path leads to, symlinks followed; undefined when nothing is there. */
  follow(path: string): TreeEntry | undefined {
    const entry = this.get(this.#resolve(path.split('/').slice(1), path).path);
    return entry?.type === 'hardlink' ? this.get(entry.linkTarget ?? '') : entry;
  }

  /** Puts what a package ships in its place. False when what is there stays. Throws STACK_UNFIT when two packages ship a file. */
  add(entry: TreeEntry, owner: DebianPackage): boolean {
    const there = this.#nodes.get(entry.path);
    if (there !== undefined && this.#isStaying(there, entry, owner)) return false;
    this.put(entry, owner);
    return true;
  }

  /** Puts an entry in its place, whatever is there. */
  put(entry: TreeEntry, owner?: DebianPackage): void {
    this.#nodes.set(entry.path, { entry, owner });
    if (entry.type === 'directory' || !this.#plain.has(entry.path)) return;
    // Names below it lead elsewhere from now on.
    for (const known of this.#plain) {
      if (known === entry.path || known.startsWith(`${entry.path}/`)) this.#plain.delete(known);
    }
  }

  /** The paths of what a package ships, sorted. */
  pathsOf(owner: DebianPackage): readonly string[] {
    const paths = [...this.#nodes].filter(([, node]) => node.owner === owner).map(([path]) => path);
    return paths.toSorted(byText);
  }

  paths(): readonly string[] {
    return Array.from(this.#nodes.keys());
  }

  /** All that is wanted, with the directories above it, sorted: a directory before what is in it, a file before its hard links. */
  entries(isWanted: (path: string) => boolean): readonly TreeEntry[] {
    const kept = new Map<string, TreeEntry>();
    for (const [path, { entry }] of this.#nodes) if (isWanted(path)) kept.set(path, entry);
    for (const path of Array.from(kept.keys())) {
      for (let at = above(path); at !== '' && !kept.has(at); at = above(at)) {
        kept.set(at, this.get(at) ?? treeDirectory(at, { mode: 0o755, uid: 0, gid: 0 }));
      }
    }
    return withFilesFirst([...kept.values()].toSorted((a, b) => byText(a.path, b.path)));
  }

  #isStaying(there: Node, entry: TreeEntry, owner: DebianPackage): boolean {
    if (this.#isSame(there.entry, entry)) return true;
    const isDirectory = [there.entry.type, entry.type].includes('directory');
    if (isDirectory || there.owner === undefined) throw overlap(entry.path, there.owner, owner);
    if (there.owner === owner || isReplacing(owner, there.owner)) return false;
    if (isReplacing(there.owner, owner)) return true;
    throw overlap(entry.path, there.owner, owner);
  }

  /** As dpkg has it, what is a directory stays one, and so does a symlink to one. */
  #isSame(there: TreeEntry, entry: TreeEntry): boolean {
    switch (`${there.type} ${entry.type}`) {
      case 'directory directory':
      case 'directory symlink':
        return true;
      case 'symlink symlink':
        return there.linkTarget === entry.linkTarget;
      case 'symlink directory':
        return (this.follow(there.path)?.type ?? 'directory') === 'directory';
      default:
        return false;
    }
  }

  /** Where parts lead, symlinks followed: nothing leads above the root. What is not there counts as a directory. */
  #resolve(parts: readonly string[], name: BytePath): { readonly path: string; readonly isFile: boolean } {
    const ahead = parts.toReversed();
    let real = '';
    let symlinks = 0;
    for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
      const path = joined(real, part);
      const entry = this.get(path);
      if (entry?.type === 'symlink') {
        symlinks += 1;
        if (symlinks > maxSymlinks) throw refused(name, 'it passes through too many symlinks');
        const target = entry.linkTarget ?? '';
        if (target.startsWith('/')) real = '';
        ahead.push(...target.split('/').toReversed());
      } else if (entry === undefined || entry.type === 'directory') {
        real = path;
      } else {
        if (ahead.length > 0) throw refused(name, 'one of its directories is a file');
        return { path, isFile: true };
      }
    }
    return { path: real, isFile: false };
  }
}

/** `''` is the root. */
function joined(directory: string, part: string): string {
  if (part === '' || part === '.') return directory;
  return part === '..' ? above(directory) : `${directory}/${part}`;
}

/** A directory that no package ships. */
export function treeDirectory(path: string, about: Pick<TarEntry, 'mode' | 'uid' | 'gid'>): TreeEntry {
  return { path, type: 'directory', sizeBytes: 0, ...about };
}

/** Of files that are one, the first in the order of names holds the content. */
function withFilesFirst(sorted: readonly TreeEntry[]): readonly TreeEntry[] {
  const seen = new Set<string>();
  const files = new Map(sorted.filter(({ type }) => type === 'file').map((entry) => [entry.path, entry]));
  const moved = new Map<string, string>();
  return sorted.map((entry) => {
    const { path, linkTarget } = entry;
    seen.add(path);
    const movedTo = moved.get(entry.type === 'hardlink' ? (linkTarget ?? '') : path);
    if (movedTo !== undefined) return linkTo(entry, movedTo);
    if (entry.type !== 'hardlink' || linkTarget === undefined || seen.has(linkTarget)) return entry;
    const file = files.get(linkTarget);
    if (file === undefined) {
      throw new TsbuildpackError(
        'STACK_UNFIT',
        `Cannot leave out "${linkTarget}": "${path}" is a hard link to it, and is not left out`,
      );
    }
    moved.set(linkTarget, path);
    return { ...file, path };
  });
}

function linkTo(entry: TreeEntry, linkTarget: string): TreeEntry {
  const { path, mode, uid, gid, mtimeSeconds } = entry;
  return {
    path,
    type: 'hardlink',
    mode,
    uid,
    gid,
    sizeBytes: 0,
    linkTarget,
    ...(mtimeSeconds !== undefined && { mtimeSeconds }),
  };
}

function isReplacing({ replaces }: DebianPackage, other: DebianPackage): boolean {
  const names = [other.name, ...other.provides.flat().map(({ name }) => name)];
  return replaces.flat().some((relation) => names.includes(relation.name) && isMatch(relation, other.version));
}

function overlap(path: string, a: DebianPackage | undefined, b: DebianPackage): TsbuildpackError {
  return new TsbuildpackError(
    'STACK_UNFIT',
    `Cannot unpack ${b.name} ${b.version}: "${path}" is also in ${a === undefined ? 'the stack itself' : `${a.name} ${a.version}`}`,
  );
}

function textOf(part: BytePath, name: BytePath): string {
  if (typeof part === 'string') return part;
  throw refused(name, 'it is not UTF-8');
}

function above(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
