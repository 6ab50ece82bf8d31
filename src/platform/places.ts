import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import {
  formatPlace,
  type ImageSink,
  type ImageSource,
  type Place,
  type WriteContext,
  type WrittenImage,
} from '../image/place.ts';
import { digestOf } from '../oci/digest.ts';
import { createRegistryClient, type RegistryClient } from '../registry/client.ts';
import { formatReference, type Reference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';

export interface PlacesOptions {
  readonly store: Store;
  readonly surroundings: Surroundings;
}

export interface SinkOptions {
  /** What the image is called where a place holds names. */
  readonly names: readonly Reference[];
  /** Of a bundle. */
  readonly hostname?: string | undefined;
}

/** Opens the places where images are. One registry client serves all of them: tokens and connections are shared. */
export class Places {
  readonly #store: Store;
  readonly #surroundings: Surroundings;
  #client: RegistryClient | undefined;

  constructor({ store, surroundings }: PlacesOptions) {
    this.#store = store;
    this.#surroundings = surroundings;
  }

  async source(place: Place): Promise<ImageSource> {
    const blobs = this.#store.blobs;
    switch (place.kind) {
      case 'registry':
        return await this.#registrySource(place.reference);
      case 'store':
        return await this.#storeSource(place.reference);
      case 'name':
        return await this.source(await this.settle(place));
      case 'oci': {
        const { layoutSource } = await import('../image/layout-place.ts');
        return layoutSource(place);
      }
      case 'oci-archive':
      case 'docker-archive': {
        const { archiveFileSource } = await import('../image/archive-place.ts');
        return archiveFileSource({ ...place, blobs });
      }
      case 'docker-daemon': {
        const { daemonSource } = await import('../image/daemon-place.ts');
        return daemonSource({ reference: place.reference, env: this.#surroundings.env, blobs });
      }
      case 'bundle':
      case 'rootfs-archive':
        throw notReadable(place.kind);
      default:
        return place satisfies never;
    }
  }

  async sink(place: Place, options: SinkOptions): Promise<ImageSink> {
    const { names } = options;
    switch (place.kind) {
      case 'registry': {
        const { registrySink } = await import('../image/registry-place.ts');
        return registrySink({ reference: place.reference, client: this.#registry() });
      }
      case 'name':
      case 'store': {
        const { storeSink } = await import('../image/store-place.ts');
        return storeSink({ reference: place.reference, images: this.#store.images });
      }
      case 'oci': {
        const { layoutSink } = await import('../image/layout-place.ts');
        const { tag, directory } = place;
        return layoutSink({ directory, tags: tag === undefined ? names.map((name) => name.tag ?? 'latest') : [tag] });
      }
      case 'oci-archive':
      case 'docker-archive': {
        const { archiveSink } = await import('../image/archive-place.ts');
        const format = place.kind === 'oci-archive' ? 'oci' : 'docker';
        return archiveSink({ ...place, names, format });
      }
      case 'docker-daemon': {
        const { daemonSink } = await import('../image/daemon-place.ts');
        return daemonSink({ reference: place.reference, env: this.#surroundings.env });
      }
      case 'bundle':
        return await this.#bundleSink(place.directory, options);
      case 'rootfs-archive': {
        const { rootfsArchiveSink } = await import('../image/rootfs-archive-place.ts');
        return rootfsArchiveSink({ file: place.file });
      }
      default:
        return place satisfies never;
    }
  }

  /** Writes one image, or images for several platforms under one name; the digest is then that of the index. */
  async writePlatforms(
    images: readonly Image[],
    place: Place,
    options: SinkOptions & WriteContext,
  ): Promise<WrittenImage> {
    const [only, ...others] = images;
    if (only !== undefined && others.length === 0) return await (await this.sink(place, options)).write(only, options);
    if (place.kind === 'registry') {
      const { pushPlatforms } = await import('../image/registry-place.ts');
      return await pushPlatforms(images, { reference: place.reference, client: this.#registry() }, options);
    }
    if (place.kind === 'oci') {
      const { writeLayoutPlatforms } = await import('../image/layout-place.ts');
      const { indexBytes, platformIndex } = await import('../image/layout-index.ts');
      const tag = place.tag ?? options.names[0]?.tag ?? 'latest';
      const reference = await writeLayoutPlatforms(images, { directory: place.directory, tag }, options);
      return { reference, digest: digestOf(indexBytes(platformIndex(images))) };
    }
    throw new TsbuildpackError(
      'OUTPUT_FAILED',
      `Cannot write images for several platforms to "${formatPlace(place)}"`,
      {
        hint: 'Write them to a registry or a layout (oci:DIR), or one at a time',
      },
    );
  }

  #registry(): RegistryClient {
    const { env, signal, findCredential } = this.#surroundings;
    this.#client ??= createRegistryClient({ env, signal, findCredential });
    return this.#client;
  }

  async #registrySource(reference: Reference): Promise<ImageSource> {
    const { registrySource } = await import('../image/registry-place.ts');
    return registrySource({ reference, client: this.#registry(), blobs: this.#store.blobs });
  }

  async #storeSource(reference: Reference): Promise<ImageSource> {
    const { storeSource } = await import('../image/store-place.ts');
    return storeSource({ reference, images: this.#store.images });
  }

  /** A bare name means the store's image where there is one, else the registry's. */
  async settle(place: Place): Promise<Exclude<Place, { readonly kind: 'name' }>> {
    if (place.kind !== 'name') return place;
    const { isStored } = await import('../image/store-place.ts');
    const known = await isStored(place.reference, this.#store.images);
    if (!known) {
      const name = formatReference(place.reference);
      this.#surroundings.report({
        type: 'info',
        message: `"${name}" is not in the store: asking ${place.reference.registry}`,
      });
    }
    return { kind: known ? 'store' : 'registry', reference: place.reference };
  }

  async #bundleSink(directory: string, { hostname }: SinkOptions): Promise<ImageSink> {
    const { writeBundle } = await import('../environment/write-bundle.ts');
    return {
      async write(image, { report, signal }) {
        await writeBundle(image, directory, { report, signal, ...(hostname !== undefined && { hostname }) });
        return { reference: `bundle:${directory}`, digest: image.digest };
      },
    };
  }
}

function notReadable(kind: 'bundle' | 'rootfs-archive'): TsbuildpackError {
  return new TsbuildpackError(
    'REFERENCE_INVALID',
    `Cannot read an image from a ${kind}: it is a root file system, no image`,
    {
      hint: 'Name the image that it was made of',
    },
  );
}
