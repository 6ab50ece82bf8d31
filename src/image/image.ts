import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Layer } from '../layer/layer.ts';

/**
 * An image as a value: the documents with the bytes they were made of, and its layers bottom first. The manifest's
 * bytes are kept because its digest is of those bytes, not of a re-serialised document.
 */
export interface Image {
  /** Of the manifest: the image's digest. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  readonly layers: readonly Layer[];
}
