import {
  chmodSync,
  closeSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import type { BytePath } from '../fs/byte-path.ts';
import { pathBytes, showPath } from '../fs/byte-path.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { ReadEntry } from './read-tar.ts';
import { refused, RootDirectory, splitName } from './root-directory.ts';
import { LayerPaths } from './whiteouts.ts';

export interface ExtractorOptions {
  /** Obey deletion marks (`.wh.` files), for layers of images; else they are files like others. @default false */
  readonly whiteouts?: boolean;
  /** Setuid and setgid bits of files. Without their archived owner they would give away the caller's rights. @default 'drop' */
  readonly setid?: 'keep' | 'drop';
  /** `archive`: owners as archived, which takes effect for root only. @default 'caller' */
  readonly owner?: 'archive' | 'caller';
  /** Told of every file, directory and symlink after it was written, with its path on this machine; of directories at the end. */
  readonly onWritten?: (path: BytePath, entry: ReadEntry) => void;
  /** Told what cannot be made without privileges: devices, named pipes, extended attributes. */
  readonly onLeftOut?: (path: BytePath, what: string) => void;
}

/** Writes entries of hostile archives into a directory. Modes and times of directories come last: until then all are writable. */
export class Extractor {
  readonly #root: RootDirectory;
  readonly #options: ExtractorOptions;
  readonly #isOwnerKept: boolean;
  /** By host path as Latin-1. */
  readonly #directories = new Map<string, { readonly path: BytePath; readonly entry: ReadEntry }>();
  #layer = new LayerPaths();

  constructor(dir: string, options: ExtractorOptions) {
    this.#root = new RootDirectory(dir);
    this.#options = options;
    this.#isOwnerKept = options.owner === 'archive' && process.geteuid?.() === 0;
  }

  /** From here on deletion marks mean what is there now. */
  nextLayer(): void {
    this.#layer = new LayerPaths();
  }

  async add(entry: ReadEntry): Promise<void> {
    const base = splitName(entry.path).at(-1);
    const target = this.#root.place(entry.path);
    if (base === undefined && entry.type !== 'directory') throw refused(entry.path, 'the root can only be a directory');
    if (base !== undefined && this.#options.whiteouts === true) {
      const removed = this.#layer.removedBy(target, base);
      if (removed !== undefined) return this.#removeAll(removed(entry.path));
      this.#layer.add(target, this.#root.path);
    }
    await this.#write(entry, target);
    for (const name of entry.xattrs) this.#options.onLeftOut?.(entry.path, `extended attribute ${name}`);
  }

  /** Gives directories their modes, owners and times, innermost first. */
  finish(): void {
    const innermostFirst = [...this.#directories.entries()].toSorted(([a], [b]) => b.length - a.length);
    for (const [, { path, entry }] of innermostFirst) {
      if (this.#isOwnerKept) lchownSync(path, entry.uid, entry.gid);
      chmodSync(path, entry.mode);
      utimesSync(path, mtime(entry), mtime(entry));
      this.#options.onWritten?.(path, entry);
    }
  }

  async #write(entry: ReadEntry, target: BytePath): Promise<void> {
    switch (entry.type) {
      case 'directory':
        return this.#writeDirectory(entry, target);
      case 'file':
        return this.#writeFile(entry, target);
      case 'symlink':
        return this.#writeSymlink(entry, target);
      case 'hardlink':
        return this.#writeHardLink(entry, target);
      default:
        await this.#makeWay(target);
        this.#options.onLeftOut?.(entry.path, entry.type);
    }
  }

  async #writeDirectory(entry: ReadEntry, target: BytePath): Promise<void> {
    const there = lstatSync(target, { throwIfNoEntry: false });
    if (there?.isDirectory() !== true) {
      await this.#makeWay(target);
      mkdirSync(target, 0o700);
    } else if ((there.mode & 0o700) !== 0o700) {
      chmodSync(target, 0o700);
    }
    this.#directories.set(key(target), { path: target, entry });
  }

  async #writeFile(entry: ReadEntry, target: BytePath): Promise<void> {
    await this.#makeWay(target);
    // Fails when anything is there: a symlink that appeared meanwhile is not written through.
    const file = openSync(target, 'wx', 0o600);
    try {
      for await (const chunk of entry.content) {
        for (let written = 0; written < chunk.length;) written += writeSync(file, chunk, written);
      }
      // In this order: a change of owner clears setuid and setgid.
      if (this.#isOwnerKept) fchownSync(file, entry.uid, entry.gid);
      fchmodSync(file, this.#options.setid === 'keep' ? entry.mode : entry.mode & 0o1777);
      futimesSync(file, mtime(entry), mtime(entry));
    } finally {
      closeSync(file);
    }
    this.#options.onWritten?.(target, entry);
  }

  async #writeSymlink(entry: ReadEntry, target: BytePath): Promise<void> {
    if (entry.linkTarget === undefined) throw refused(entry.path, 'a symlink without a target');
    await this.#makeWay(target);
    symlinkSync(entry.linkTarget, target);
    this.#finishSymlink(entry, target);
  }

  #finishSymlink(entry: ReadEntry, target: BytePath): void {
    if (this.#isOwnerKept) lchownSync(target, entry.uid, entry.gid);
    lutimesSync(target, mtime(entry), mtime(entry));
    this.#options.onWritten?.(target, entry);
  }

  async #writeHardLink(entry: ReadEntry, target: BytePath): Promise<void> {
    const original = this.#root.place(entry.linkTarget ?? '');
    const stats = lstatSync(original, { throwIfNoEntry: false });
    if (stats === undefined)
      throw refused(entry.path, `it links to "${showPath(entry.linkTarget ?? '')}", which is not there`);
    if (stats.isDirectory()) throw refused(entry.path, 'it is a hard link to a directory');
    if (key(original) === key(target)) throw refused(entry.path, 'it is a hard link to itself');
    await this.#makeWay(target);
    if (!stats.isSymbolicLink()) return linkSync(original, target);
    // Whether link(2) follows a symlink depends on the system; an equal one is the same for readers.
    symlinkSync(readlinkSync(original, 'buffer'), target);
    this.#finishSymlink(entry, target);
  }

  async #makeWay(target: BytePath): Promise<void> {
    const there = lstatSync(target, { throwIfNoEntry: false });
    if (there === undefined) return;
    if (there.isDirectory()) await this.#removeAll([target]);
    else unlinkSync(target);
  }

  async #removeAll(paths: readonly BytePath[]): Promise<void> {
    for (const path of paths) {
      await removeTree(path);
      const gone = key(path);
      for (const known of this.#directories.keys()) {
        if (known === gone || known.startsWith(`${gone}/`)) this.#directories.delete(known);
      }
    }
    this.#root.forget();
  }
}

/** Within what the system call takes; file systems cut the rest. */
function mtime({ mtimeSeconds }: ReadEntry): number {
  return Math.min(Math.max(mtimeSeconds, 0), 2 ** 34);
}

function key(path: BytePath): string {
  return pathBytes(path).toString('latin1');
}
