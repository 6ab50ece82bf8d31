import { accessSync, constants, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BytePath } from '../fs/byte-path.ts';
import { joinBytePath } from '../fs/byte-path.ts';
import { walk } from '../fs/walk.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import type { BlobDirectory } from './blob-directory.ts';
import { documentFile } from './documents.ts';
import { blobsNamedIn } from './image-documents.ts';
import type { ImageDirectory } from './image-directory.ts';
import type { NamedImage } from './stored-images.ts';
import type { StoreLayout } from './store-layout.ts';
import { usedAt } from './use-times.ts';

export type ItemKind = 'image' | 'blob' | 'scope' | 'toolchain' | 'rootfs' | 'document';

/** Something in the store that a prune can remove by itself. */
export interface StoreItem {
  readonly kind: ItemKind;
  readonly name: string;
  /** The file or directory. */
  readonly path: string;
  /** The file whose modification time says when it was last used. */
  readonly mark: string;
  readonly usedAtMs: number;
  readonly sizeBytes: number;
  /** Named images, and blobs that they need. */
  readonly root: boolean;
}

export interface SurveyParts {
  readonly layout: StoreLayout;
  readonly blobs: BlobDirectory;
  readonly images: ImageDirectory;
}

/** Everything in the store, images before their blobs. Things that vanish meanwhile are left out. */
export async function survey({ layout, blobs, images }: SurveyParts): Promise<readonly StoreItem[]> {
  const named = (await images.list()).map((image) => imageItem(layout, image));
  const needed = neededBlobs(layout, named);
  return [
    ...named.map(({ item }) => item),
    ...blobs.list().map((digest) => blobItem(layout, digest, needed.get(digest))),
    ...directoryItems(layout.scopes, 'scope'),
    ...directoryItems(layout.toolchains, 'toolchain'),
    ...directoryItems(layout.rootfs, 'rootfs'),
    ...documentItems(layout.fingerprints),
    ...documentItems(layout.resolutions),
  ].filter((item) => item !== undefined);
}

interface NamedItem {
  readonly image: NamedImage;
  readonly item: StoreItem;
}

function imageItem(layout: StoreLayout, image: NamedImage): NamedItem {
  const path = join(layout.images, documentFile(image.name));
  const item: StoreItem = {
    kind: 'image',
    name: image.name,
    path,
    mark: path,
    usedAtMs: usedAt(path),
    sizeBytes: sizeOf(path) ?? 0,
    root: true,
  };
  return { image, item };
}

/** The blobs of named images, with the last use of the images that need them. */
function neededBlobs(layout: StoreLayout, named: readonly NamedItem[]): ReadonlyMap<string, number> {
  const needed = new Map<string, number>();
  const add = (digest: Digest, usedAtMs: number): void => {
    const before = needed.get(digest);
    needed.set(digest, Math.max(before ?? 0, usedAtMs));
    if (before === undefined) for (const blob of blobsInside(layout, digest)) add(blob, usedAtMs);
  };
  // The image used last comes first, so that what it shares with others has its time.
  const lastFirst = named.toSorted((a, b) => b.item.usedAtMs - a.item.usedAtMs);
  for (const { image, item } of lastFirst) add(image.digest, item.usedAtMs);
  return needed;
}

/** Manifests and indexes are small; anything bigger is a layer and names nothing. */
const maxDocumentBytes = 4 * 1024 * 1024;

function blobsInside(layout: StoreLayout, digest: Digest): readonly Digest[] {
  const path = join(layout.blobs, hexOf(digest));
  const size = sizeOf(path);
  if (size === undefined || size > maxDocumentBytes) return [];
  const bytes = readIfThere(path);
  // A layer that begins like JSON is still no manifest: blobsNamedIn() gives nothing for it.
  return bytes === undefined || bytes[0] !== 0x7b ? [] : blobsNamedIn(bytes).map((blob) => blob.digest);
}

function blobItem(layout: StoreLayout, digest: Digest, neededAtMs: number | undefined): StoreItem | undefined {
  const path = join(layout.blobs, hexOf(digest));
  const mark = join(layout.checked, hexOf(digest));
  const sizeBytes = sizeOf(path);
  if (sizeBytes === undefined) return undefined;
  const usedAtMs = Math.max(usedAt(mark), neededAtMs ?? 0);
  return { kind: 'blob', name: digest, path, mark, usedAtMs, sizeBytes, root: neededAtMs !== undefined };
}

function directoryItems(dir: string, kind: 'scope' | 'toolchain' | 'rootfs'): StoreItem[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const path = join(dir, name);
      const mark = `${path}.used`;
      return { kind, name, path, mark, usedAtMs: usedAt(mark), sizeBytes: treeSize(path), root: false };
    });
}

function documentItems(dir: string): (StoreItem | undefined)[] {
  return readdirSync(dir).map((name) => {
    const path = join(dir, name);
    const sizeBytes = sizeOf(path);
    if (sizeBytes === undefined) return undefined;
    return { kind: 'document', name, path, mark: path, usedAtMs: usedAt(path), sizeBytes, root: false };
  });
}

/** Bytes of all files in a tree, without what belongs to another of the caller's ids alone; other processes may be changing it. */
export function treeSize(path: string): number {
  let size = 0;
  const enter = (relative: BytePath): boolean => isReadable(joinBytePath(path, relative));
  try {
    for (const { stats } of walk(path, { enter })) if (stats.isFile()) size += stats.size;
  } catch {
    // A number for people: what vanishes while it is counted does not count.
  }
  return size;
}

function isReadable(dir: BytePath): boolean {
  try {
    accessSync(dir, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function sizeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.size;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
