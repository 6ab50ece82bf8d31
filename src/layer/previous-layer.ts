import { closeSync, openSync, readSync } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import type { WrittenBlob } from './blob-writer.ts';

/** A block of a layer that was made. */
export interface MadeBlockRecord {
  /** sha256 of its archive bytes, in hexadecimal. */
  readonly hash: string;
  /** As they are in the layer's file, compressed or not. */
  readonly sizeBytes: number;
}

/**
 * A layer as it was made before, by the same compressor: blocks with the same archive bytes are taken from its file, and if all are the
 * same, so is the layer.
 */
export interface PreviousLayer extends WrittenBlob {
  /** Holds exactly the bytes of its digest. */
  readonly file: string;
}

const copyBytes = 1 << 20;

/** Reads blocks out of a previous layer's file. Close it in any case. */
export class PreviousBlocks {
  readonly layer: PreviousLayer;
  readonly #file: number;
  readonly #offsets: readonly number[];
  readonly #byHash = new Map<string, number>();

  constructor(layer: PreviousLayer) {
    this.layer = layer;
    const offsets: number[] = [];
    let offset = 0;
    for (const [position, { hash, sizeBytes }] of layer.blocks.entries()) {
      this.#byHash.set(hash, position);
      offsets.push(offset);
      offset += sizeBytes;
    }
    this.#offsets = offsets;
    this.#file = openSync(layer.file, 'r');
  }

  /** The bytes of the first `count` blocks, in pieces. */
  *first(count: number): Generator<Uint8Array> {
    const end = this.#offsets[count] ?? this.layer.sizeBytes;
    for (let at = 0; at < end; at += copyBytes) yield this.#read(at, Math.min(copyBytes, end - at));
  }

  /** The bytes of the block with this content; undefined when there is none. */
  block(hash: string): Uint8Array | undefined {
    const position = this.#byHash.get(hash) ?? -1;
    const size = this.layer.blocks[position]?.sizeBytes;
    return size === undefined ? undefined : this.#read(this.#offsets[position] ?? 0, size);
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(offset: number, bytes: number): Uint8Array {
    const piece = Buffer.allocUnsafe(bytes);
    for (let filled = 0; filled < bytes;) {
      const count = readSync(this.#file, piece, filled, bytes - filled, offset + filled);
      if (count === 0) throw new TsbuildpackError('BLOB_CORRUPT', `Cannot read "${this.layer.file}": it is cut off`);
      filled += count;
    }
    return piece;
  }
}
