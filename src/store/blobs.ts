import type { Readable } from 'node:stream';
import type { BlobSink } from '../layer/blob-sink.ts';
import type { Layer } from '../layer/layer.ts';
import type { Digest } from '../oci/digest.ts';

/** What a layer is, beside its bytes. */
export type LayerFacts = Pick<Layer, 'mediaType' | 'digest' | 'diffId' | 'sizeBytes' | 'origin'>;

/** Bytes by digest, on this machine. What `BlobStore` of src/image asks for, and more. */
export interface Blobs extends BlobSink {
  /** Whether the blob is there. From then on until the store is closed no prune removes it. */
  has(digest: Digest): Promise<boolean>;
  /** Bytes; undefined when it is not there. */
  size(digest: Digest): Promise<number | undefined>;
  /**
   * The bytes as a stream, verified when they have been read to the end: BLOB_CORRUPT in place of the end, and the blob is removed.
   * Rejects with BLOB_CORRUPT when there is no such blob.
   */
  open(digest: Digest): Promise<Readable>;
  /** All bytes of a small blob (a document), verified; undefined when it is not there or corrupt. */
  read(digest: Digest): Promise<Buffer | undefined>;
  /**
   * A file that holds exactly these bytes and may be hard-linked, never written to: its size, time and inode are those recorded, else
   * it is hashed once more. Undefined when it is not there or corrupt.
   */
  file(digest: Digest): Promise<string | undefined>;
  /**
   * After this returns the blob is in the store, from this call or an earlier one. Readers never see part of it. Other bytes are
   * refused (BLOB_CORRUPT) and leave nothing behind.
   */
  put(expected: Digest, open: () => Promise<Readable> | Readable): Promise<void>;
  /** The same for bytes in memory; gives their digest. */
  putBytes(bytes: Uint8Array): Promise<Digest>;
  /** A layer whose bytes are in the store. */
  layer(facts: LayerFacts): Layer;
}
