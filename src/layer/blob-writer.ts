import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { type MadeBlockRecord, PreviousBlocks, type PreviousLayer } from './previous-layer.ts';

/** What a layer's bytes turned out to be. */
export interface WrittenBlob {
  readonly diffId: Digest;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly blocks: readonly MadeBlockRecord[];
}

export interface BlobWriterOptions {
  readonly isCompressed: boolean;
  /** @default every block is new */
  readonly previous?: PreviousLayer | undefined;
}

/** A block's archive bytes, their hash, and what they were compressed to: undefined for one that the previous layer has. */
export interface BlockToWrite {
  readonly tar: Uint8Array;
  readonly hash: string;
  readonly compressed?: Uint8Array | undefined;
}

/**
 * Writes a layer's file and hashes on the way: the archive, and its compressed form if there is one. As long as all is as in the previous
 * layer nothing is written. Synchronous; close it in any case.
 */
export class BlobWriter {
  readonly #file: number;
  readonly #previous: PreviousBlocks | undefined;
  readonly #tarHash: Hash = createHash('sha256');
  readonly #blobHash: Hash | undefined;
  readonly #blocks: MadeBlockRecord[] = [];
  #isUnchanged: boolean;
  #tarBytes = 0;
  #blobBytes = 0;

  constructor(path: string, { isCompressed, previous }: BlobWriterOptions) {
    this.#blobHash = isCompressed ? createHash('sha256') : undefined;
    this.#isUnchanged = previous !== undefined;
    this.#previous = previous && new PreviousBlocks(previous);
    this.#file = openSync(path, 'w');
  }

  get tarBytes(): number {
    return this.#tarBytes;
  }

  add({ tar, hash, compressed }: BlockToWrite): void {
    this.#tarHash.update(tar);
    this.#tarBytes += tar.length;
    const before = this.#previous?.layer.blocks[this.#blocks.length];
    if (this.#isUnchanged && before?.hash === hash) {
      this.#blocks.push(before);
      return;
    }
    this.#leavePrevious();
    const bytes = this.#blobHash === undefined ? tar : (compressed ?? this.#previous?.block(hash) ?? missing(hash));
    this.#blocks.push({ hash, sizeBytes: bytes.length });
    this.#write(bytes);
  }

  /** The previous layer itself when nothing has changed; then the file is empty. */
  finish(): WrittenBlob {
    if (this.#isUnchanged && this.#blocks.length === this.#previous?.layer.blocks.length) return this.#previous.layer;
    this.#leavePrevious();
    const diffId = digest(this.#tarHash);
    return {
      diffId,
      digest: this.#blobHash === undefined ? diffId : digest(this.#blobHash),
      sizeBytes: this.#blobBytes,
      blocks: this.#blocks,
    };
  }

  close(): void {
    closeSync(this.#file);
    this.#previous?.close();
  }

  /** From here on it is another layer: what was the same so far has to be in the file too. */
  #leavePrevious(): void {
    if (!this.#isUnchanged) return;
    this.#isUnchanged = false;
    for (const piece of this.#previous?.first(this.#blocks.length) ?? []) this.#write(piece);
  }

  #write(bytes: Uint8Array): void {
    // Of an uncompressed layer both hashes are the same one.
    this.#blobHash?.update(bytes);
    this.#blobBytes += bytes.length;
    for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
  }
}

function missing(hash: string): never {
  throw new TsbuildpackError('INTERNAL', `Cannot write a block: nobody has compressed content ${hash}`);
}

function digest(hash: Hash): Digest {
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
