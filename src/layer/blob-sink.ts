import type { Digest } from '../oci/digest.ts';

/** Where the bytes of a new blob go. Whoever writes knows the digest only at the end. */
export interface BlobSink {
  /** A new empty file that nobody else writes to. */
  create(): Promise<{ readonly path: string }>;
  /**
   * Makes a finished file a blob; its bytes were hashed while they were written. Gives the path where it stays, which may be that of the
   * same blob from earlier. What has the name of a blob has its bytes, also after a power failure.
   */
  commit(path: string, digest: Digest, sizeBytes: number): Promise<string>;
  /** Removes an unfinished file. */
  discard(path: string): Promise<void>;
}
