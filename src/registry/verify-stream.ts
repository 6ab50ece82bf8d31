import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';

export interface ExpectedBytes {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** For messages: where they come from. */
  readonly from: string;
}

/**
 * The same bytes, at most as many as expected, and BLOB_CORRUPT in place of the end when they are others: who read to the end without
 * an error has what the digest stands for.
 */
export function verifyStream(source: Readable, expected: ExpectedBytes): Readable {
  async function* verified(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let size = 0;
    const chunks: AsyncIterable<Buffer> = source;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > expected.sizeBytes)
        throw corrupt(expected, `there are more than the ${expected.sizeBytes} bytes announced`);
      hash.update(chunk);
      yield chunk;
    }
    if (size !== expected.sizeBytes)
      throw corrupt(expected, `there are ${size} bytes, announced were ${expected.sizeBytes}`);
    const digest = `sha256:${hash.digest('hex')}`;
    if (digest !== expected.digest) throw corrupt(expected, `the bytes have the digest ${digest}`);
  }
  const result = Readable.from(verified(), { objectMode: false, highWaterMark: 1 << 20 });
  // A generator that was never started does not run its `finally`.
  result.once('close', () => source.destroy());
  source.on('error', () => undefined);
  return result;
}

function corrupt({ digest, from }: ExpectedBytes, problem: string): TsbuildpackError {
  return new TsbuildpackError('BLOB_CORRUPT', `Cannot use blob ${digest} from ${from}: ${problem}`);
}
