import { cacheMetadataName, formatCacheMetadata, parseCacheMetadata } from '../cnb/cache-metadata.ts';
import type { Report } from '../events.ts';
import { editImage } from '../image/edit-image.ts';
import type { Image } from '../image/image.ts';
import type { ImageSink } from '../image/place.ts';
import { scratchImage } from '../image/scratch.ts';
import { createLayer } from '../layer/create-layer.ts';
import type { BlobSink } from '../layer/blob-sink.ts';
import type { Platform } from '../oci/platform.ts';
import type { CachedArchive, LayerCache } from './layer-cache.ts';

export interface CacheImageOptions {
  /** The image that is there; undefined when there is none. */
  readonly open: () => Promise<Image | undefined>;
  readonly sink: ImageSink;
  /** What becomes of the image that another one takes the place of. @default it stays where it is */
  readonly removeSuperseded?: (image: Image) => Promise<void>;
  /** Where the one layer of an empty cache is made. */
  readonly blobs: BlobSink;
  readonly platform: Platform;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

const created = '1980-01-01T00:00:01Z';

/**
 * A cache in an image of any place: its layers are the cached layers, a label says whose they are (CAC-07). Layers that a registry has
 * stay there; nothing is fetched that no buildpack of the group wants back.
 */
export function cacheImage(options: CacheImageOptions): LayerCache {
  let opened: Promise<Image | undefined> | undefined;
  const image = (): Promise<Image | undefined> => (opened ??= options.open());
  return {
    async metadata() {
      return parseCacheMetadata((await image())?.config.config?.Labels?.[cacheMetadataName]);
    },
    async layer(diffId) {
      return (await image())?.layers.find((layer) => layer.diffId === diffId);
    },
    // A registry hands out nothing else under a digest.
    intact: () => Promise.resolve(true),
    async commit(metadata, layers) {
      const made = editImage(scratchImage(options.platform), {
        created,
        layers: await distinct(layers, options),
        config: () => ({ Labels: { [cacheMetadataName]: formatCacheMetadata(metadata) } }),
      });
      const { report, signal } = options;
      const before = await image();
      await options.sink.write(made, { report, signal });
      if (before !== undefined && before.digest !== made.digest) await removeSuperseded(before, options);
    },
  };
}

/** The new cache is there, whatever becomes of the old one. */
async function removeSuperseded(image: Image, options: CacheImageOptions): Promise<void> {
  const { report, signal } = options;
  try {
    await options.removeSuperseded?.(image);
  } catch (error) {
    signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    report({ type: 'warning', message: `The cache image before this one stays where it is: ${why}` });
  }
}

/** Some registries take no image without layers. */
async function distinct(
  layers: readonly CachedArchive[],
  { blobs, report, signal }: CacheImageOptions,
): Promise<readonly CachedArchive[]> {
  if (layers.length === 0) {
    return [{ layer: await createLayer([], { sink: blobs, name: 'the empty cache', report, signal }), createdBy: '' }];
  }
  return layers.filter(
    ({ layer }, index) => layers.findIndex((other) => other.layer.diffId === layer.diffId) === index,
  );
}
