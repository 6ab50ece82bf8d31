import type { TarEntry } from '../layer/tar-entry.ts';
import { contentEntry, directoryEntry } from '../layer/tar-entry.ts';
import { canonicalJson } from '../oci/canonical-json.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import type { Reference } from '../registry/reference.ts';
import { formatReference } from '../registry/reference.ts';
import type { Image } from './image.ts';
import { emptyIndex, indexBytes, layoutContent, layoutFile, withImage } from './layout-index.ts';
import type { ArchiveEntry } from './write-archive.ts';
import { archiveBytes } from './write-archive.ts';

export interface LayoutArchiveOptions {
  /** Names in the index of the layout. */
  readonly names: readonly string[];
  /** Also as `docker save` writes it, under these names. */
  readonly docker?: readonly Reference[];
}

const owner = { uid: 0, gid: 0 };

/**
 * An OCI layout as a tar, if asked for with Docker's `manifest.json` beside it: the one form that `docker load`, `podman load` and
 * skopeo (as oci-archive and docker-archive) all take.
 */
export function layoutArchive(image: Image, options: LayoutArchiveOptions): AsyncGenerator<Uint8Array> {
  return archiveBytes(entriesOf(image, options));
}

function* entriesOf(image: Image, { names, docker }: LayoutArchiveOptions): Generator<ArchiveEntry> {
  yield document(layoutFile, Buffer.from(layoutContent));
  yield document('index.json', indexBytes(withImage(emptyIndex, image, names)));
  // Ahead of the blobs, so that whoever streams the archive knows early what it has.
  if (docker !== undefined) yield document('manifest.json', dockerManifest(image, docker));
  yield { entry: directoryEntry('blobs/', owner) };
  yield { entry: directoryEntry('blobs/sha256/', owner) };
  yield document(blobPath(image.digest), image.manifestBytes);
  yield document(blobPath(image.manifest.config.digest), image.configBytes);
  for (const layer of new Map(image.layers.map((one) => [one.digest, one])).values()) {
    const entry: TarEntry = { ...contentEntry(blobPath(layer.digest), '', owner), sizeBytes: layer.sizeBytes };
    yield { entry, open: () => layer.open() };
  }
}

function document(path: string, bytes: Uint8Array): ArchiveEntry {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    entry: contentEntry(path, bytes, owner),
    async *open(): AsyncGenerator<Buffer> {
      yield content;
    },
  };
}

/** https://github.com/moby/moby/blob/v20.10.24/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format */
function dockerManifest(image: Image, names: readonly Reference[]): Buffer {
  const entry = {
    Config: blobPath(image.manifest.config.digest),
    // Whole names: podman makes `localhost/…` of short ones, Docker shortens them itself.
    RepoTags: names.length === 0 ? null : names.map(formatReference),
    Layers: image.layers.map(({ digest }) => blobPath(digest)),
  };
  return Buffer.from(canonicalJson([entry]));
}

/** podman takes names from the index, and a short one for `localhost/…`: it needs them whole. */
export function indexNames(names: readonly Reference[]): readonly string[] {
  return names.map(formatReference);
}

export function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}
