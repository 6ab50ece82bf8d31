import { gzipSync } from 'node:zlib';
import { maxBlockBytes } from './block.ts';

/** What a layer's bytes are made with. */
export type LayerCompression = 'gzip' | 'none';

/** The one seam between archives and compressed bytes. Works on one block at a time, in any thread, in any order. */
export interface Compressor {
  /** Part of a layer's key: it changes whenever the same archive would give other bytes. */
  readonly id: string;
  /** Most bytes that a block can become. */
  readonly maxOutputBytes: number;
  /** Compresses a block into `target` and gives the number of bytes. */
  compress(block: Uint8Array, target: Uint8Array): number;
}

/**
 * Blocks as independent gzip members, which every reader takes as one stream (RFC 1952, section 2.2): the bytes do not depend on how many
 * threads there are. Level 1: everything above costs more time than the smaller layer saves on its way to a registry nearby.
 */
const gzip: Compressor = {
  id: 'gzip-zlib1-members1m',
  maxOutputBytes: maxBlockBytes + (1 << 16),
  compress(block, target) {
    const member = gzipSync(block, { level: 1, chunkSize: maxBlockBytes });
    // The operating system's number: "unknown", so that it is the same on each. Time and name are empty anyway.
    member[9] = 255;
    target.set(member);
    return member.length;
  },
};

const compressors: Readonly<Record<LayerCompression, Compressor | undefined>> = { gzip, none: undefined };

/** Undefined for uncompressed layers. */
export function compressorFor(compression: LayerCompression): Compressor | undefined {
  return compressors[compression];
}

/** For keys of layers: what stands for "made the same way". */
export function compressionId(compression: LayerCompression): string {
  return compressors[compression]?.id ?? 'none';
}
