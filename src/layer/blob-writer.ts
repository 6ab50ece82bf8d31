import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { type Digest, parseDigest } from '../oci/digest.ts';

/** What a layer's bytes turned out to be. */
export interface WrittenBlob {
  readonly diffId: Digest;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Writes a layer's file and hashes on the way: the archive, and its compressed form if there is one. Synchronous; close it in any case. */
export class BlobWriter {
  readonly #file: number;
  readonly #tarHash: Hash = createHash('sha256');
  readonly #blobHash: Hash | undefined;
  #tarBytes = 0;
  #blobBytes = 0;

  constructor(path: string, isCompressed: boolean) {
    this.#file = openSync(path, 'w');
    this.#blobHash = isCompressed ? createHash('sha256') : undefined;
  }

  get tarBytes(): number {
    return this.#tarBytes;
  }

  /** The next archive bytes, and what they were compressed to. */
  add(tar: Uint8Array, compressed: Uint8Array | undefined): void {
    const blob = compressed ?? tar;
    this.#tarHash.update(tar);
    this.#blobHash?.update(blob);
    this.#tarBytes += tar.length;
    this.#blobBytes += blob.length;
    for (let written = 0; written < blob.length;) written += writeSync(this.#file, blob, written);
  }

  finish(): WrittenBlob {
    const diffId = digest(this.#tarHash);
    return {
      diffId,
      digest: this.#blobHash === undefined ? diffId : digest(this.#blobHash),
      sizeBytes: this.#blobBytes,
    };
  }

  close(): void {
    closeSync(this.#file);
  }
}

function digest(hash: Hash): Digest {
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
