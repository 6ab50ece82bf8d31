import { access, copyFile, chmod, constants, link, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { TsbuildpackError } from '../errors.ts';
import { temporaryName, writeFileAtomic } from '../fs/atomic-file.ts';
import { withLock } from '../fs/lock.ts';
import { diskError, readError, systemErrorCode, writeError } from '../fs/system-error.ts';
import { openVerified } from '../fs/verified-stream.ts';
import type { Layer } from '../layer/layer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import type { ImageIndex } from '../oci/manifest.ts';
import { maxManifestBytes, parseDocument, parseManifest } from '../oci/parse-manifest.ts';
import type { Platform } from '../oci/platform.ts';
import { imageFrom } from './image-from.ts';
import type { Image } from './image.ts';
import {
  chooseImage,
  emptyIndex,
  indexBytes,
  layoutContent,
  layoutFile,
  withImage,
  withPlatforms,
} from './layout-index.ts';
import type { ImageSink, ImageSource, WriteContext, WrittenImage } from './place.ts';
import { writeNewFile } from './write-new-file.ts';

export interface LayoutPlace {
  readonly directory: string;
  /** A tag or whole reference; needed when there are several images. */
  readonly tag?: string;
}

/** An image in an OCI layout, a directory that anybody may have made: every byte of it is verified when read. */
export function layoutSource({ directory, tag }: LayoutPlace): ImageSource {
  return {
    async resolve(platform?: Platform): Promise<Image> {
      const name = `oci:${directory}${tag === undefined ? '' : `:${tag}`}`;
      await readLayoutFile(directory);
      const index = await readIndex(directory);
      if (index === undefined) throw noLayout(directory, 'it has no index.json');
      const chosen = chooseImage(index, tag, name);
      const parts = {
        name,
        readDocument: (descriptor: Descriptor) => readBlob(directory, descriptor),
        layer: (descriptor: Descriptor, diffId: Digest) => layoutLayer(directory, descriptor, diffId),
      };
      if ('manifests' in chosen) return imageFrom({ bytes: indexBytes(chosen), mediaType: undefined }, parts, platform);
      const bytes = await readBlob(directory, chosen);
      return imageFrom({ bytes, mediaType: chosen.mediaType }, parts, platform);
    },
  };
}

function layoutLayer(directory: string, { mediaType, digest, size }: Descriptor, diffId: Digest): Layer {
  // No `file`: the directory is not ours, and a link into a store or another layout would let it change them.
  return {
    mediaType,
    digest,
    diffId,
    sizeBytes: size,
    open: async () => {
      const file = blobFile(directory, digest);
      // Of a stream it would not be known whether reading or writing has failed.
      await access(file, constants.R_OK).catch((error: unknown) => Promise.reject(blobError(error, directory, digest)));
      return openVerified(file, { digest, sizeBytes: size });
    },
  };
}

async function readBlob(directory: string, { digest, size }: Descriptor): Promise<Uint8Array> {
  try {
    return await buffer(openVerified(blobFile(directory, digest), { digest, sizeBytes: size }));
  } catch (error) {
    throw blobError(error, directory, digest);
  }
}

function blobError(error: unknown, directory: string, digest: Digest): unknown {
  if (systemErrorCode(error) !== 'ENOENT') return readError(error, blobFile(directory, digest));
  return new TsbuildpackError('IMAGE_INVALID', `Cannot read blob ${digest} of "${directory}": it is missing`, {
    cause: error,
  });
}

export interface LayoutSinkOptions {
  readonly directory: string;
  /** The image gets each of them; images with other tags stay. @default ['latest'] */
  readonly tags?: readonly string[];
}

/**
 * Writes into an OCI layout, which is made if it is not there. Layers are hard links of the store's where that works. The index comes
 * last and is replaced at once, under a lock, so several may write and nobody sees half an image.
 */
export function layoutSink({ directory, tags = ['latest'] }: LayoutSinkOptions): ImageSink {
  return {
    async write(image: Image, { signal }: WriteContext): Promise<WrittenImage> {
      await writeInto(directory, [image], { signal, change: (index) => withImage(index, image, tags) });
      return { reference: `oci:${directory}:${tags[0] ?? 'latest'}`, digest: image.digest };
    },
  };
}

/** Writes images for several platforms under one name into an OCI layout, as `layoutSink()` writes one. */
export async function writeLayoutPlatforms(
  images: readonly Image[],
  { directory, tag = 'latest' }: LayoutPlace,
  { signal }: WriteContext,
): Promise<string> {
  await writeInto(directory, images, { signal, change: (index) => withPlatforms(index, images, tag) });
  return `oci:${directory}:${tag}`;
}

interface LayoutChange {
  readonly signal: AbortSignal | undefined;
  readonly change: (index: ImageIndex) => ImageIndex;
}

async function writeInto(directory: string, images: readonly Image[], change: LayoutChange): Promise<void> {
  try {
    await writeImages(directory, images, change);
  } catch (error) {
    throw writeError(error, `Cannot write into "${directory}"`);
  }
}

async function writeImages(
  directory: string,
  images: readonly Image[],
  { signal, change }: LayoutChange,
): Promise<void> {
  await prepare(directory);
  for (const image of images) {
    for (const layer of image.layers) {
      signal?.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop
      await writeLayer(directory, layer, signal);
    }
    await writeDocument(directory, image.manifest.config.digest, image.configBytes);
    await writeDocument(directory, image.digest, image.manifestBytes);
  }
  await withLock(
    join(directory, '.lock'),
    async () => {
      const index = (await readIndex(directory)) ?? emptyIndex;
      await writeFileAtomic(join(directory, 'index.json'), indexBytes(change(index)));
    },
    { signal },
  );
}

/** A directory with anything else in it is somebody's, and stays as it is. */
async function prepare(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw diskError(outputError(directory, error), `Cannot make "${directory}"`);
  }
  // Another writer may just have begun: its lock and temporary files are nobody's.
  const names = (await readdir(directory)).filter((name) => !name.startsWith('.tmp-') && name !== '.lock');
  const isLayout = await readSmallFile(join(directory, layoutFile));
  if (isLayout !== undefined) {
    await readLayoutFile(directory);
  } else if (names.length === 0) {
    await writeFileAtomic(join(directory, layoutFile), layoutContent);
  } else {
    throw new TsbuildpackError(
      'OUTPUT_FAILED',
      `Cannot write an image into "${directory}": it is no OCI layout, and not empty`,
      { hint: 'Name a new directory, or one that has an image layout in it' },
    );
  }
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
}

function outputError(directory: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code !== 'EEXIST' && code !== 'ENOTDIR') return error;
  return new TsbuildpackError(
    'OUTPUT_FAILED',
    `Cannot write an image into "${directory}": there is a file of that name`,
    {
      cause: error,
    },
  );
}

async function readLayoutFile(directory: string): Promise<void> {
  const file = join(directory, layoutFile);
  const bytes = await readSmallFile(file);
  if (bytes === undefined) throw noLayout(directory, `it has no ${layoutFile} file`);
  const version = parseDocument(bytes, file)['imageLayoutVersion'];
  if (version !== '1.0.0') throw noLayout(directory, 'its version is not 1.0.0');
}

async function readIndex(directory: string): Promise<ImageIndex | undefined> {
  const file = join(directory, 'index.json');
  const bytes = await readSmallFile(file);
  if (bytes === undefined) return undefined;
  const document = parseManifest(bytes, { name: file });
  if (document.kind === 'index') return document.index;
  throw noLayout(directory, 'its index.json is no index');
}

async function readSmallFile(file: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(file);
    if (size > maxManifestBytes)
      throw new TsbuildpackError('ARCHIVE_INVALID', `Cannot read "${file}": it has ${size} bytes`);
    return await readFile(file);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw readError(error, file);
  }
}

function noLayout(directory: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read "${directory}" as an OCI layout: ${problem}`);
}

async function writeDocument(directory: string, digest: Digest, bytes: Uint8Array): Promise<void> {
  await writeFileAtomic(blobFile(directory, digest), bytes);
}

async function writeLayer(directory: string, layer: Layer, signal: AbortSignal | undefined): Promise<void> {
  const target = blobFile(directory, layer.digest);
  const file = layer.file ?? (await layer.fetchFile?.());
  if (await isThere(target, layer, file)) return;
  const temporary = temporaryName(target);
  try {
    if (file === undefined) await writeNewFile(temporary, await layer.open(), signal);
    else await linkOrCopy(file, temporary);
    await rename(temporary, target);
  } catch (error) {
    throw diskError(error, `Cannot write "${target}"`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether the target is the very file, or one with the right bytes. */
async function isThere(target: string, layer: Layer, file: string | undefined): Promise<boolean> {
  const there = await stat(target).catch(() => undefined);
  if (there === undefined || there.size !== layer.sizeBytes) return false;
  const own = file === undefined ? undefined : await stat(file);
  if (own !== undefined && own.ino === there.ino && own.dev === there.dev) return true;
  try {
    await finished(openVerified(target, { digest: layer.digest, sizeBytes: layer.sizeBytes }).resume());
    return true;
  } catch {
    return false;
  }
}

async function linkOrCopy(file: string, target: string): Promise<void> {
  try {
    await link(file, target);
  } catch (error) {
    // Another file system, one without hard links, too many of them, or a file of somebody else.
    if (!['EXDEV', 'EPERM', 'EMLINK', 'EACCES', 'ENOTSUP', 'ENOSYS'].includes(systemErrorCode(error) ?? ''))
      throw error;
    await copyFile(file, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(target, 0o644);
  }
}

function blobFile(directory: string, digest: Digest): string {
  return join(directory, 'blobs', 'sha256', hexOf(digest));
}
