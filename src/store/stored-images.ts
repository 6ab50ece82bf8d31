import type { Layer } from '../layer/layer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';

/** The documents and layers of an image: `Image` of src/image, which stands above the store, is one. */
export interface StorableImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  readonly layers: readonly Layer[];
}

export interface NamedImage {
  /** As it was put: `docker.io/library/app:latest`. */
  readonly name: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platform: Platform;
  /** Of its documents and layers. */
  readonly sizeBytes: number;
  /** When it was given this name. */
  readonly storedAt: Date;
}

export interface StoredImages {
  /**
   * Keeps an image under a name, in place of what had the name. All its blobs are in the store then, also the base's layers, which are
   * fetched when they are only in a registry so far: a named image can be loaded without a network.
   */
  put(name: string, image: StorableImage): Promise<NamedImage>;
  /** The image of that name; undefined when there is none. Throws BLOB_CORRUPT when blobs of it are gone or damaged. */
  get(name: string): Promise<StorableImage | undefined>;
  /** By name. */
  list(): Promise<readonly NamedImage[]>;
  /** Frees the name; false when there is none. The blobs go with the next prune. */
  remove(name: string): Promise<boolean>;
  /** Keeps an image's manifest and config without a name, so that `open` finds them until a prune removes them. */
  keepDocuments(image: StorableImage): Promise<void>;
  /** An image by its digest; undefined when a document or layer of it is not there. */
  open(digest: Digest, options: OpenImageOptions): Promise<StorableImage | undefined>;
}

export interface OpenImageOptions {
  readonly mediaType: string;
  /** Layers that the store lacks: those of a base that stays in a registry. */
  readonly elsewhere?: (layer: Descriptor, diffId: Digest) => Layer | undefined;
}
