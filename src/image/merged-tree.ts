import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { bytePath, pathBytes, showPath } from '../fs/byte-path.ts';
import type { ReadEntry } from '../layer/read-tar.ts';
import type { TarEntry } from '../layer/tar-entry.ts';

/** One file, device or link of the merged tree; several names are hard links to it. */
export interface MergedFile {
  /** Which entry of which layer it is, both counted from 0. */
  readonly layer: number;
  readonly ordinal: number;
  readonly facts: TarEntry;
}

interface Directory {
  readonly kind: 'directory';
  /** The layer that said something of it last. */
  layer: number;
  facts: Omit<TarEntry, 'path'>;
  /** By name, whose bytes stand as Latin-1 characters. */
  readonly children: Map<string, Node>;
}

interface Leaf {
  readonly kind: 'leaf';
  readonly layer: number;
  readonly file: MergedFile;
}

type Node = Directory | Leaf;

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
// As Linux has it: path_resolution(7).
const maxLinks = 40;

/**
 * What the layers of an image make together, as a container runtime would see it: later layers over earlier ones, whiteouts applied,
 * links in the way followed within the tree. Holds no content.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export class MergedTree {
  readonly #root: Directory = implicitDirectory(0);

  /** Lays the next entry over the tree. Throws ARCHIVE_INVALID for an entry that no runtime could unpack. */
  apply(entry: ReadEntry, { layer, ordinal }: { readonly layer: number; readonly ordinal: number }): void {
    const parts = partsOf(entry.path);
    const name = parts.at(-1);
    if (name === undefined) {
      if (entry.type === 'directory') this.#root.facts = factsOf(entry);
      return;
    }
    const way = parts.slice(0, -1);
    if (name.startsWith(whiteout)) deleteIn(this.#existing(way), name, layer);
    else this.#put(this.#directory(way, entry, layer), name, { entry, layer, ordinal });
  }

  /** Every directory, outermost first, in the order of their bytes; the root is not among them. */
  *directories(): Generator<TarEntry> {
    for (const { path, node } of walk(this.#root, '')) {
      if (node.kind === 'directory') yield { ...node.facts, path: fromLatin1(`${path}/`) };
    }
  }

  /** Every other thing with its names, in the order of their bytes. */
  files(): ReadonlyMap<MergedFile, readonly BytePath[]> {
    const files = new Map<MergedFile, BytePath[]>();
    for (const { path, node } of walk(this.#root, '')) {
      if (node.kind === 'directory') continue;
      const paths = files.get(node.file) ?? [];
      paths.push(fromLatin1(path));
      files.set(node.file, paths);
    }
    return files;
  }

  #put(
    parent: Directory,
    name: string,
    { entry, layer, ordinal }: { readonly entry: ReadEntry; readonly layer: number; readonly ordinal: number },
  ): void {
    const existing = parent.children.get(name);
    if (entry.type === 'directory') {
      const children = existing?.kind === 'directory' ? existing.children : new Map<string, Node>();
      parent.children.set(name, { kind: 'directory', layer, facts: factsOf(entry), children });
      return;
    }
    const file =
      entry.type === 'hardlink' ? this.#linked(entry) : { layer, ordinal, facts: { ...factsOf(entry), path: '' } };
    parent.children.set(name, { kind: 'leaf', layer, file });
  }

  #linked(entry: ReadEntry): MergedFile {
    const parts = partsOf(entry.linkTarget ?? '');
    const parent = this.#existing(parts.slice(0, -1));
    const target = parent?.children.get(parts.at(-1) ?? '');
    if (target?.kind === 'leaf') return target.file;
    throw invalid(entry, `what it links to, "${showPath(entry.linkTarget ?? '')}", is not there`);
  }

  /** The directory of that path, made where it is missing, as unpacking would make it. */
  #directory(parts: readonly string[], entry: ReadEntry, layer: number): Directory {
    let current: Directory | undefined = this.#root;
    for (const [index, part] of parts.entries()) {
      const child: Node | undefined = current.children.get(part);
      if (child === undefined) {
        const made = implicitDirectory(layer);
        current.children.set(part, made);
        current = made;
      } else if (child.kind === 'directory') {
        current = child;
      } else {
        current = this.#existing(parts.slice(0, index + 1));
        if (current === undefined) throw invalid(entry, `"${showPath(fromLatin1(part))}" on its way is no directory`);
      }
    }
    return current;
  }

  /** The directory that a path leads to through links, if there is one. */
  #existing(parts: readonly string[]): Directory | undefined {
    const rest = [...parts];
    const way: Directory[] = [this.#root];
    let links = 0;
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      const child = step(way, part);
      if (child === undefined) continue;
      const target = child === 'missing' ? undefined : linkTargetOf(child);
      links += 1;
      if (target === undefined || links > maxLinks) return undefined;
      if (target.startsWith('/')) way.length = 1;
      rest.unshift(...target.split('/'));
    }
    return way.at(-1);
  }
}

/** Goes one step on the way; gives what is there when it is no directory to go into. */
function step(way: Directory[], part: string): Leaf | 'missing' | undefined {
  if (part === '' || part === '.') return undefined;
  if (part === '..') {
    // Nothing is above the root.
    if (way.length > 1) way.pop();
    return undefined;
  }
  const child = way.at(-1)?.children.get(part);
  if (child?.kind !== 'directory') return child ?? 'missing';
  way.push(child);
  return undefined;
}

function linkTargetOf({ file }: Leaf): string | undefined {
  const { type, linkTarget } = file.facts;
  return type === 'symlink' && linkTarget !== undefined ? pathBytes(linkTarget).toString('latin1') : undefined;
}

function* walk(directory: Directory, prefix: string): Generator<{ readonly path: string; readonly node: Node }> {
  const names = [...directory.children.keys()].toSorted((one, other) => (one < other ? -1 : 1));
  for (const name of names) {
    const node = directory.children.get(name);
    if (node === undefined) continue;
    const path = `${prefix}${name}`;
    yield { path, node };
    if (node.kind === 'directory') yield* walk(node, `${path}/`);
  }
}

function deleteIn(directory: Directory | undefined, mark: string, layer: number): void {
  // Marks with the prefix twice are of the union file system that the format comes from; only one of them deletes.
  if (directory === undefined) return;
  if (mark === opaque) prune(directory, layer);
  else if (!mark.startsWith(`${whiteout}${whiteout}`)) remove(directory, mark.slice(whiteout.length), layer);
}

/** Whiteouts hide what lower layers have; what this layer has itself stays, whatever the order of its entries. */
function remove(parent: Directory, name: string, layer: number): void {
  const child = parent.children.get(name);
  if (child === undefined) return;
  if (child.kind === 'directory') prune(child, layer);
  const isOwn = child.layer === layer || (child.kind === 'directory' && child.children.size > 0);
  if (!isOwn) parent.children.delete(name);
}

function prune(directory: Directory, layer: number): void {
  for (const name of directory.children.keys()) remove(directory, name, layer);
}

function implicitDirectory(layer: number): Directory {
  const facts = { type: 'directory', mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 } as const;
  return { kind: 'directory', layer, facts, children: new Map() };
}

function factsOf(entry: ReadEntry): Omit<TarEntry, 'path'> {
  const { type, mode, uid, gid, sizeBytes, mtimeSeconds, linkTarget, deviceMajor, deviceMinor } = entry;
  return {
    type,
    mode,
    uid,
    gid,
    sizeBytes,
    mtimeSeconds: Math.floor(mtimeSeconds),
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(deviceMajor === undefined ? {} : { deviceMajor }),
    ...(deviceMinor === undefined ? {} : { deviceMinor }),
  };
}

/** Names may begin with `./` or `/`; none may lead upwards. */
function partsOf(path: BytePath): readonly string[] {
  const parts = pathBytes(path)
    .toString('latin1')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..')) return parts;
  throw new TsbuildpackError(
    'ARCHIVE_INVALID',
    `Cannot unpack layer entry "${showPath(path)}": it leads out of the root`,
  );
}

function fromLatin1(path: string): BytePath {
  return bytePath(Buffer.from(path, 'latin1'));
}

function invalid({ path }: ReadEntry, why: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot unpack layer entry "${showPath(path)}": ${why}`);
}
