import { cutBlocks } from './block.ts';
import { fillBlock } from './fill-block.ts';
import type { TarEntry } from './tar-entry.ts';

/**
 * The bytes of an uncompressed archive, end marker included, in chunks of up to 1 MiB. Throws SOURCE_CHANGED, SOURCE_UNREADABLE.
 */
export function* tarBytes(entries: Iterable<TarEntry>): Generator<Buffer> {
  for (const block of cutBlocks(entries)) {
    const chunk = Buffer.allocUnsafe(block.bytes);
    fillBlock(block, chunk);
    yield chunk;
  }
}
