import { cutBlocks, maxBlockBytes } from './block.ts';
import { fillBlock } from './fill-block.ts';
import type { TarEntry } from './tar-entry.ts';

/**
 * The bytes of an uncompressed archive, end marker included, in chunks of up to 1 MiB. A chunk is valid until the next one is asked for.
 * Throws SOURCE_CHANGED, SOURCE_UNREADABLE.
 */
export function* tarBytes(entries: Iterable<TarEntry>): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(maxBlockBytes);
  for (const block of cutBlocks(entries)) yield buffer.subarray(0, fillBlock(block, buffer));
}
