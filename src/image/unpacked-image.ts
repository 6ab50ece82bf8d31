import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import type { BytePath } from '../fs/byte-path.ts';
import { showPath } from '../fs/byte-path.ts';
import { walk } from '../fs/walk.ts';
import type { Report } from '../events.ts';
import { extractLayers } from '../layer/extract.ts';
import { RootDirectory } from '../layer/root-directory.ts';
import type { Store } from '../store/store.ts';
import type { Image } from './image.ts';

export interface UnpackedImageOptions {
  readonly report: Report;
  /** Paths at which something will be mounted: made empty where the image has nothing, in a directory of its own in the store. */
  readonly mountPoints?: MountPoints;
  readonly signal?: AbortSignal | undefined;
}

export interface MountPoints {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/**
 * The root file system of an image as a directory of the store, unpacked at most once whoever asks: its key is what the layers hold. All of
 * it belongs to the caller and can be read by him; set-user-id bits, devices and attributes are left out. It is to be mounted
 * read-only: builds share it. Throws ARCHIVE_INVALID, BLOB_CORRUPT, DISK_FULL, errors of the layers, the signal's reason.
 */
export async function unpackedImage(
  { layers }: Pick<Image, 'layers'>,
  store: Pick<Store, 'rootfs'>,
  { report, mountPoints, signal }: UnpackedImageOptions,
): Promise<string> {
  const fill = async (dir: string): Promise<void> => {
    const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
    report({ type: 'info', message: `Unpacking a root file system (${Math.ceil(sizeBytes / 1e6)} MB of layers)` });
    let leftOut = 0;
    await extractLayers(layers, dir, {
      signal,
      onLeftOut: (path, what) => {
        leftOut += 1;
        report({ type: 'debug', message: `Not unpacked: ${showPath(path)} (${what})` });
      },
    });
    if (leftOut > 0) report({ type: 'debug', message: `${leftOut} things need privileges and were not unpacked` });
    makeReadable(dir);
    if (mountPoints !== undefined) makeMountPoints(dir, mountPoints);
  };
  return await store.rootfs.ensure(`root-file-system-${keyOf(layers, mountPoints)}`, fill, { signal });
}

function keyOf(layers: Image['layers'], mountPoints: MountPoints | undefined): string {
  const { files = [], directories = [] } = mountPoints ?? {};
  return createHash('sha256')
    .update(JSON.stringify([layers.map(({ diffId }) => diffId), files, directories]))
    .digest('hex')
    .slice(0, 16);
}

function makeMountPoints(dir: string, { files, directories }: MountPoints): void {
  const root = new RootDirectory(dir);
  const missing = (path: string): BytePath[] => {
    const place = root.place(path);
    return lstatSync(place, { throwIfNoEntry: false }) === undefined ? [place] : [];
  };
  for (const place of directories.flatMap(missing)) mkdirSync(place);
  for (const place of files.flatMap(missing)) writeFileSync(place, '', { flag: 'wx', mode: 0o644 });
}

/** Everything in it is the caller's now: a mode that kept its archived owner out would keep out who has taken his place. */
function makeReadable(dir: string): void {
  for (const { path, stats } of walk(dir)) {
    const needed = stats.isDirectory() ? 0o500 : 0o400;
    if (stats.isSymbolicLink() || (stats.mode & needed) === needed) continue;
    chmodSync(path, (lstatSync(path).mode & 0o7777) | needed);
  }
}
