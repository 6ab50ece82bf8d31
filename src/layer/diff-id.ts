import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import { cutBlocks, maxBlockBytes } from './block.ts';
import { fillBlock } from './fill-block.ts';
import type { TarEntry } from './tar-entry.ts';

/**
 * The diff ID that a layer of these entries would have: reading and hashing only, a small part of what packing costs. Tells
 * whether a layer that was packed before is still the same. Throws SOURCE_CHANGED, SOURCE_UNREADABLE, the signal's reason.
 */
export async function diffIdOf(entries: Iterable<TarEntry>, signal?: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  const tar = Buffer.allocUnsafe(maxBlockBytes);
  for (const block of cutBlocks(entries)) {
    signal?.throwIfAborted();
    hash.update(tar.subarray(0, fillBlock(block, tar)));
    // Signals and timers get a turn after every megabyte.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
