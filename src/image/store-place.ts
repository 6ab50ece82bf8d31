import { TsbuildpackError } from '../errors.ts';
import type { Platform } from '../oci/platform.ts';
import { noPlatform, runsOn } from '../oci/select-platform.ts';
import type { Reference } from '../registry/reference.ts';
import { formatReference } from '../registry/reference.ts';
import type { StoredImages } from '../store/stored-images.ts';
import { platformOf } from './image-from.ts';
import type { Image } from './image.ts';
import type { ImageSink, ImageSource, WriteContext, WrittenImage } from './place.ts';

export interface StorePlace {
  readonly images: Pick<StoredImages, 'get' | 'put'>;
  readonly reference: Reference;
}

/** A named image of the store. */
export function storeSource({ images, reference }: StorePlace): ImageSource {
  const name = formatReference(reference);
  return {
    async resolve(platform?: Platform): Promise<Image> {
      const image = await images.get(name);
      if (image === undefined) {
        throw new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot find image "${name}" in the store`, {
          hint: '"tsbuildpack images" lists what there is',
        });
      }
      if (platform === undefined || runsOn(image.config, platform)) return image;
      throw noPlatform(name, platform, [platformOf(image.config)]);
    },
  };
}

/** Keeps an image in the store under a name; base layers that are still in a registry are fetched. */
export function storeSink({ images, reference }: StorePlace): ImageSink {
  const name = formatReference(reference);
  return {
    async write(image: Image, { signal }: WriteContext): Promise<WrittenImage> {
      signal?.throwIfAborted();
      await images.put(name, image);
      return { reference: name, digest: image.digest };
    },
  };
}

/** Whether a bare name is one of the store's. */
export async function isStored(reference: Reference, images: Pick<StoredImages, 'list'>): Promise<boolean> {
  const name = formatReference(reference);
  return (await images.list()).some((image) => image.name === name);
}
