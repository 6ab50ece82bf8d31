import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { Reference } from '../registry/reference.ts';
import { archiveSource } from './archive-source.ts';
import type { BlobStore } from './blob-store.ts';
import type { Image } from './image.ts';
import { indexNames, layoutArchive } from './layout-archive.ts';
import type { ImageSink, ImageSource, WriteContext, WrittenImage } from './place.ts';
import { writeArchive } from './write-archive.ts';

export interface ArchivePlace {
  readonly file: string;
  /** A tag or whole reference; needed when there are several images. */
  readonly tag?: string;
  /** Where layers are put when their bytes are needed. */
  readonly blobs: BlobStore;
}

/** An image in an archive file, whichever tool has made it. */
export function archiveFileSource({ file, tag, blobs }: ArchivePlace): ImageSource {
  return archiveSource({ name: file, tag, blobs, open: () => openArchive(file) });
}

async function openArchive(file: string): Promise<Readable> {
  const problem = await archiveProblem(file);
  if (problem === undefined) return createReadStream(file, { highWaterMark: 1 << 18 });
  throw new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot read an image from "${file}": ${problem}`, {
    hint: problem === 'it is a directory' ? `Write oci:${file} for an image layout` : 'Check the path',
  });
}

async function archiveProblem(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).isDirectory()) return 'it is a directory';
    await access(file, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return 'there is no such file';
    return code === 'EACCES' ? 'permission is denied' : (code ?? String(error));
  }
}

export interface ArchiveSinkOptions {
  readonly file: string;
  /** What the image is called in it. */
  readonly names: readonly Reference[];
  /** `docker` adds what `docker load` needs; such a file is an OCI archive as well. */
  readonly format: 'oci' | 'docker';
  /** Stands in the index in place of the names. */
  readonly tag?: string;
}

/**
 * Writes an archive file with this one image; it appears whole or not at all. An OCI archive gets the first name only: podman and skopeo
 * take one with several names for several images. The form for Docker has a list of names that they understand.
 */
export function archiveSink({ file, names, format, tag }: ArchiveSinkOptions): ImageSink {
  const all = tag === undefined ? indexNames(names) : [tag];
  const [first, ...others] = all;
  const kind = format === 'docker' ? 'docker-archive' : 'oci-archive';
  return {
    async write(image: Image, { signal, report }: WriteContext): Promise<WrittenImage> {
      if (format === 'oci' && others.length > 0) {
        report({
          type: 'info',
          message: `An OCI archive holds one name: "${file}" gets ${first}, not ${others.join(', ')}`,
        });
      }
      const bytes =
        format === 'docker'
          ? layoutArchive(image, { names: all, docker: names })
          : layoutArchive(image, { names: all.slice(0, 1) });
      await writeArchive(file, bytes, signal);
      return { reference: `${kind}:${file}${first === undefined ? '' : `:${first}`}`, digest: image.digest };
    },
  };
}
