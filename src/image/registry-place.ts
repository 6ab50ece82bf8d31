import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import { inParallel } from '../fs/in-parallel.ts';
import type { Layer } from '../layer/layer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { Platform } from '../oci/platform.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Reference } from '../registry/reference.ts';
import { formatReference, manifestName } from '../registry/reference.ts';
import type { RemoteManifest, Repository } from '../registry/repository.ts';
import type { BlobStore } from './blob-store.ts';
import type { TopDocument } from './image-from.ts';
import { imageFrom } from './image-from.ts';
import type { Image } from './image.ts';
import { indexBytes, platformIndex } from './layout-index.ts';
import type { ImageSink, ImageSource, WriteContext, WrittenImage } from './place.ts';
import { trackProgress } from './track-progress.ts';

export interface RegistryPlace {
  readonly reference: Reference;
  readonly client: RegistryClient;
}

export interface RegistrySourceOptions extends RegistryPlace {
  /** Where documents and layers are kept: what is there is not fetched again. */
  readonly blobs: BlobStore;
}

/**
 * An image in a registry. Documents are fetched when it is resolved (those of a reference with a digest only when they are not kept
 * yet, so such an image can be resolved without a network); layers when somebody needs their bytes.
 */
export function registrySource({ reference, client, blobs }: RegistrySourceOptions): ImageSource {
  const repository = client.repository(reference);
  return {
    async resolve(platform?: Platform): Promise<Image> {
      const top = await topDocument(repository, reference, blobs);
      const parts = {
        name: formatReference(reference),
        readDocument: (descriptor: Descriptor) => readDocument(repository, descriptor, blobs),
        layer: (descriptor: Descriptor, diffId: Digest) => remoteLayer(descriptor, diffId, { repository, blobs }),
      };
      const image = await imageFrom(top, parts, platform);
      const files = await Promise.all(image.layers.map((layer) => blobs.file(layer.digest)));
      return { ...image, layers: image.layers.map((layer, index) => withFile(layer, files[index])) };
    },
  };
}

async function topDocument(repository: Repository, reference: Reference, blobs: BlobStore): Promise<TopDocument> {
  const known = reference.digest === undefined ? undefined : await blobs.read(reference.digest);
  if (known !== undefined) return { bytes: known, mediaType: undefined };
  const manifest = await repository.getManifest(manifestName(reference));
  await blobs.putBytes(manifest.bytes);
  return manifest;
}

/** Manifests behind an index and configs; imageFrom() verifies them before they are used. */
async function readDocument(repository: Repository, descriptor: Descriptor, blobs: BlobStore): Promise<Uint8Array> {
  const { digest, size, mediaType } = descriptor;
  const known = await blobs.read(digest);
  if (known !== undefined) return known;
  const isManifest = /manifest|index/.test(mediaType);
  const bytes = isManifest
    ? (await manifestOf(repository, digest)).bytes
    : await buffer(await repository.openBlob(digest, size));
  await blobs.putBytes(bytes);
  return bytes;
}

async function manifestOf(repository: Repository, digest: Digest): Promise<RemoteManifest> {
  return repository.getManifest(digest);
}

interface LayerPlace {
  readonly repository: Repository;
  readonly blobs: BlobStore;
}

function remoteLayer(
  { mediaType, digest, size }: Descriptor,
  diffId: Digest,
  { repository, blobs }: LayerPlace,
): Layer {
  const fetchFile = async (): Promise<string> => {
    await blobs.put(digest, () => repository.openBlob(digest, size));
    const file = await blobs.file(digest);
    if (file === undefined)
      throw new TsbuildpackError('BLOB_CORRUPT', `Cannot find layer ${digest} in the store after it was fetched`);
    return file;
  };
  return {
    mediaType,
    digest,
    diffId,
    sizeBytes: size,
    origin: repository.name,
    fetchFile,
    async open(): Promise<Readable> {
      if (!(await blobs.has(digest))) await fetchFile();
      return blobs.open(digest);
    },
  };
}

function withFile(layer: Layer, file: string | undefined): Layer {
  return file === undefined ? layer : { ...layer, file };
}

/**
 * Pushes to a registry: nothing but one question when the tag is there already, else blobs that it lacks (mounted where another
 * repository of it has them, so that the layers of a base need not pass through here), then the manifest.
 */
export function registrySink({ reference, client }: RegistryPlace): ImageSink {
  const repository = client.repository(reference);
  const name = manifestName(reference);
  return {
    async write(image: Image, context: WriteContext): Promise<WrittenImage> {
      checkDigest(reference, image);
      const written = { reference: formatReference(withoutDigest(reference)), digest: image.digest };
      if ((await repository.headManifest(name)) === image.digest) return written;
      const layers = new Map(image.layers.map((layer) => [layer.digest, layer]));
      await inParallel([...layers.values()], async (layer) => pushLayer(repository, layer, context));
      await pushConfig(repository, image);
      await repository.putManifest(name, image.mediaType, image.manifestBytes);
      return written;
    },
  };
}

/** Pushes images for several platforms, and an index of them under the name. Gives the digest of the index. */
export async function pushPlatforms(
  images: readonly Image[],
  { reference, client }: RegistryPlace,
  context: WriteContext,
): Promise<WrittenImage> {
  for (const image of images) {
    const sink = registrySink({ reference: { ...reference, digest: image.digest }, client });
    await sink.write(image, context);
  }
  const bytes = indexBytes(platformIndex(images));
  await client.repository(reference).putManifest(manifestName(reference), mediaTypes.ociIndex, bytes);
  return { reference: formatReference(withoutDigest(reference)), digest: digestOf(bytes) };
}

function withoutDigest({ registry, repository, tag }: Reference): Reference {
  return { registry, repository, ...(tag === undefined ? {} : { tag }) };
}

function checkDigest({ digest }: Reference, image: Image): void {
  if (digest === undefined || digest === image.digest) return;
  throw new TsbuildpackError('REFERENCE_INVALID', `Cannot push image ${image.digest} under the digest ${digest}`, {
    hint: 'Push to a tag',
  });
}

async function pushLayer(repository: Repository, layer: Layer, { report, signal }: WriteContext): Promise<void> {
  signal?.throwIfAborted();
  const { digest, sizeBytes, origin } = layer;
  if (await repository.hasBlob(digest)) return;
  const label = `Pushing ${digest.slice(7, 19)}`;
  const open = async (): Promise<Readable> => {
    const stream = await layer.open();
    return trackProgress(stream, { id: `push:${digest}`, label, totalBytes: sizeBytes, report });
  };
  const mountFrom = origin?.registry === repository.name.registry ? origin.repository : undefined;
  await repository.uploadBlob({ digest, sizeBytes, open, mountFrom });
}

async function pushConfig(repository: Repository, { manifest, configBytes }: Image): Promise<void> {
  const { digest } = manifest.config;
  if (await repository.hasBlob(digest)) return;
  await repository.uploadBlob({ digest, sizeBytes: configBytes.length, open: async () => configBytes });
}
