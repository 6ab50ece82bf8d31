import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/**
 * Writes bytes to a file that must not be there yet, and syncs it. Who calls removes the file after a failure: it is made before the
 * first bytes are asked for, so it cannot appear after that.
 */
export async function writeNewFile(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const handle = await open(file, 'wx');
  // Closes the handle whatever happens. Enough is kept back that many small pieces become one write.
  await pipeline(bytes, handle.createWriteStream({ highWaterMark: 1 << 20 }), { signal });
  const written = await open(file, 'r');
  try {
    await written.sync();
  } finally {
    await written.close();
  }
}
