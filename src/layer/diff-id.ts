import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import { makeBlock } from './block-task.ts';
import { cutBlocks, maxBlockBytes } from './block.ts';
import type { TarEntry } from './tar-entry.ts';

/**
 * The diff ID that a layer of these entries would have: reading and hashing only, a small part of what packing costs. Tells
 * whether a layer that was packed before is still the same. Throws SOURCE_CHANGED, SOURCE_UNREADABLE, the signal's reason.
 */
export async function diffIdOf(entries: Iterable<TarEntry>, signal?: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  const buffers = { tar: Buffer.allocUnsafe(maxBlockBytes), compressed: undefined };
  for (const block of cutBlocks(entries)) {
    signal?.throwIfAborted();
    const { tarBytes } = makeBlock(block, buffers, 'none');
    hash.update(buffers.tar.subarray(0, tarBytes));
    // Signals and timers get a turn after every megabyte.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
