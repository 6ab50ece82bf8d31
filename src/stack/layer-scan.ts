import { posix } from 'node:path';
import type { ElfFile } from '../elf/elf-file.ts';
import { bytesReader, isElfMagic, parseElf } from '../elf/parse-elf.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { showPath } from '../fs/byte-path.ts';
import { decompressed } from '../layer/decompress.ts';
import type { Layer } from '../layer/layer.ts';
import type { ReadEntry } from '../layer/read-tar.ts';
import { readTar } from '../layer/read-tar.ts';
import type { ImageNode, LibraryFacts } from './image-files.ts';

/** What one layer does to the files of an image: https://github.com/opencontainers/image-spec/blob/main/layer.md */
export interface LayerScan {
  /** Absolute path and node, in the order of the archive. */
  readonly nodes: readonly (readonly [string, ImageNode])[];
  /** Paths of lower layers that it removes, with all below. */
  readonly removed: readonly string[];
  /** Directories whose content of lower layers it removes. */
  readonly emptied: readonly string[];
}

const libraryName = /\.so(?:\.|$)/;
const maxLibraryBytes = 128 * 1024 * 1024;
const maxTextBytes = 64 * 1024;
const keptTexts =
  /^\/etc\/(?:os-release|ld\.so\.conf|ld\.so\.conf\.d\/[^/]+|ld-musl-[^/]+\.path)$|^\/usr\/lib\/os-release$/;
// Alpine 3.22 moved it.
const apkDatabase = /^\/(?:usr\/)?lib\/apk\/db\/installed$/;
const maxApkBytes = 16 * 1024 * 1024;

/** Reads a layer once. Of its files only what a loader or a look at the distribution needs is kept. */
export async function scanLayer(layer: Layer): Promise<LayerScan> {
  const nodes = new Map<string, ImageNode>();
  const removed: string[] = [];
  const emptied: string[] = [];
  for await (const entry of readTar(decompressed(await layer.open()))) {
    const path = placeOf(entry.path);
    if (path === undefined) continue;
    const name = posix.basename(path);
    const directory = posix.dirname(path);
    if (name === '.wh..wh..opq') emptied.push(directory);
    else if (name.startsWith('.wh..wh.')) continue;
    else if (name.startsWith('.wh.')) removed.push(posix.join(directory, name.slice('.wh.'.length)));
    else {
      const node = await nodeOf(entry, path, nodes);
      if (node !== undefined) nodes.set(path, node);
    }
  }
  return { nodes: [...nodes], removed, emptied };
}

/** `./usr/lib/` gives `/usr/lib`; undefined for the root itself and for a name that would leave it. */
function placeOf(path: BytePath): string | undefined {
  const parts = showPath(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') ? undefined : `/${parts.join('/')}`;
}

async function nodeOf(
  entry: ReadEntry,
  path: string,
  nodes: ReadonlyMap<string, ImageNode>,
): Promise<ImageNode | undefined> {
  switch (entry.type) {
    case 'directory':
      return { type: 'directory' };
    case 'symlink':
      return { type: 'symlink', target: showPath(entry.linkTarget ?? '') };
    case 'hardlink':
      // The original may be in a lower layer only if the archive is broken.
      return nodes.get(placeOf(entry.linkTarget ?? '') ?? '') ?? { type: 'file' };
    case 'file':
      return await fileNode(entry, path);
    case 'fifo':
    case 'character-device':
    case 'block-device':
      return undefined;
    default:
      return entry.type satisfies never;
  }
}

async function fileNode({ content, sizeBytes }: ReadEntry, path: string): Promise<ImageNode> {
  if (keptTexts.test(path) && sizeBytes <= maxTextBytes)
    return { type: 'file', text: (await bytesOf(content)).toString('utf8') };
  if (apkDatabase.test(path) && sizeBytes <= maxApkBytes)
    return { type: 'file', text: muslRecord((await bytesOf(content)).toString('utf8')) };
  if (!libraryName.test(posix.basename(path)) || sizeBytes > maxLibraryBytes) return { type: 'file' };
  const bytes = await bytesOf(content);
  if (!isElfMagic(bytes)) return { type: 'file' };
  const parsed = await parseElf(bytesReader(bytes));
  return parsed.result === 'elf' ? { type: 'file', elf: libraryFacts(parsed.elf) } : { type: 'file' };
}

async function bytesOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The one record of Alpine's package database that says which musl it is. */
function muslRecord(database: string): string {
  return database.split('\n\n').find((record) => /^P:musl$/m.test(record)) ?? '';
}

export function libraryFacts({
  arch,
  needed,
  runpath,
  rpath,
  versionNeeds,
  versionDefinitions,
}: ElfFile): LibraryFacts {
  return { ...(arch !== undefined && { arch }), needed, runpath, rpath, versionNeeds, versionDefinitions };
}

/** The files of an image: the scans of its layers, bottom first, on top of one another. */
export function flattenScans(scans: readonly LayerScan[]): ReadonlyMap<string, ImageNode> {
  const files = new Map<string, ImageNode>();
  for (const { nodes, removed, emptied } of scans) {
    for (const path of removed) removeTree(files, path, true);
    for (const path of emptied) removeTree(files, path, false);
    for (const [path, node] of nodes) {
      // A directory stays one through a layer that only changes its mode; anything else takes the place of what was there.
      if (node.type !== 'directory' && files.get(path)?.type === 'directory') removeTree(files, path, true);
      files.set(path, node);
    }
  }
  return files;
}

function removeTree(files: Map<string, ImageNode>, path: string, itself: boolean): void {
  if (itself) files.delete(path);
  const prefix = `${path}/`;
  for (const file of files.keys()) if (file.startsWith(prefix)) files.delete(file);
}
