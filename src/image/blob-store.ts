import type { Readable } from 'node:stream';
import type { Digest } from '../oci/digest.ts';

/** What images need of the store: bytes by digest, on this machine. */
export interface BlobStore {
  has(digest: Digest): Promise<boolean>;
  /** A file that holds exactly these bytes and may be hard-linked, never written to; undefined when it is not there. */
  file(digest: Digest): Promise<string | undefined>;
  /** The bytes as a stream, verified when they have been read to the end. */
  open(digest: Digest): Promise<Readable>;
  /** All bytes of a small blob (a document), verified; undefined when it is not there. */
  read(digest: Digest): Promise<Uint8Array | undefined>;
  /** After this returns the blob is there. Other bytes are refused (BLOB_CORRUPT) and leave nothing behind. */
  put(expected: Digest, open: () => Promise<Readable>): Promise<void>;
  putBytes(bytes: Uint8Array): Promise<Digest>;
}
