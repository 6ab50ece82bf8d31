import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import { close, fstat, open, read } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';

const chunkSize = 256 * 1024;

export interface VerifiedFileEvents {
  /** All bytes were read and are those of the digest. */
  verified(stats: BigIntStats): void;
  /** All bytes were read and are others. */
  corrupt(stats: BigIntStats): void;
}

/** The bytes of a blob's file. Ends only when they were those of the digest; else fails with BLOB_CORRUPT in place of the end. */
export class VerifiedFile extends Readable {
  readonly #path: string;
  readonly #digest: Digest;
  readonly #events: VerifiedFileEvents;
  readonly #hash: Hash = createHash('sha256');
  #file: number | undefined;
  #stats: BigIntStats | undefined;

  constructor(path: string, digest: Digest, events: VerifiedFileEvents) {
    super({ highWaterMark: chunkSize, autoDestroy: true });
    this.#path = path;
    this.#digest = digest;
    this.#events = events;
  }

  override _construct(callback: (error?: Error | null) => void): void {
    open(this.#path, 'r', (error, file) => {
      if (error !== null) {
        callback(error.code === 'ENOENT' ? missingBlob(this.#digest) : error);
        return;
      }
      this.#file = file;
      fstat(file, { bigint: true }, (failure, stats) => {
        this.#stats = stats;
        callback(failure);
      });
    });
  }

  override _read(): void {
    if (this.#file === undefined) return;
    const buffer = Buffer.allocUnsafe(chunkSize);
    read(this.#file, buffer, 0, chunkSize, null, (error, count) => {
      if (error !== null) {
        this.destroy(error);
        return;
      }
      if (count === 0) {
        this.#end();
        return;
      }
      const chunk = buffer.subarray(0, count);
      this.#hash.update(chunk);
      this.push(chunk);
    });
  }

  #end(): void {
    const stats = this.#stats;
    const right = this.#hash.digest('hex') === hexOf(this.#digest);
    if (stats !== undefined) this.#events[right ? 'verified' : 'corrupt'](stats);
    if (right) this.push(null);
    else this.destroy(corruptBlob(this.#digest));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#file === undefined) {
      callback(error);
      return;
    }
    close(this.#file, (failure) => callback(error ?? failure));
    this.#file = undefined;
  }
}

const remedy = 'Build again; "tsbuildpack cache verify" looks for others like it';

function corruptBlob(digest: Digest): TsbuildpackError {
  return new TsbuildpackError(
    'BLOB_CORRUPT',
    `Cannot read blob ${digest} of the store: its bytes are not those of its digest`,
    {
      hint: `It was removed from the store. ${remedy}`,
    },
  );
}

export function missingBlob(digest: Digest): TsbuildpackError {
  return new TsbuildpackError('BLOB_CORRUPT', `Cannot read blob ${digest} of the store: it is not there`, {
    hint: remedy,
  });
}
