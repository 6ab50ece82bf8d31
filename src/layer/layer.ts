import type { Readable } from 'node:stream';
import type { Digest } from '../oci/digest.ts';

/**
 * A layer as a set of facts. What makes one (a directory packed into the store, a registry, a layout) fills them in;
 * who reads one does not care. Bytes come from openers, so they can be read again for a retry.
 */
export interface Layer {
  readonly mediaType: string;
  /** Of the bytes as they are stored and sent (usually compressed). */
  readonly digest: Digest;
  /** Of the uncompressed tar. */
  readonly diffId: Digest;
  /** Of the bytes as stored. */
  readonly sizeBytes: number;
  /** Opens the stored bytes. Reading to the end of it without an error means the digest was verified. */
  open(): Promise<Readable>;
  /** A file on this machine that holds exactly these bytes, if there is one: may be hard-linked, never written to. */
  readonly file?: string | undefined;
  /** Brings the bytes to this machine if they are not there yet, verified, and tells the file that holds them. */
  fetchFile?(): Promise<string>;
  /** Where a registry already has it, so that a push to the same registry can mount it. */
  readonly origin?: { readonly registry: string; readonly repository: string };
}
