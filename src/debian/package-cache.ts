import type { Readable } from 'node:stream';
import type { Digest } from '../oci/digest.ts';

/** Where downloads are kept, by digest: the blobs of a store have this form. */
export interface PackageCache {
  /** A file with exactly these bytes, never to be written to; undefined when it is not there. */
  file(digest: Digest): Promise<string | undefined>;
  /** Throws BLOB_CORRUPT when other bytes come. */
  put(expected: Digest, open: () => Promise<Readable>): Promise<void>;
}
