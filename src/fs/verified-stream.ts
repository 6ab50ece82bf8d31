import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable, TransformCallback } from 'node:stream';
import { pipeline, Transform } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';

export interface ExpectedBytes {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** The bytes of a file; the stream fails with BLOB_CORRUPT at its end when they are not the expected ones. */
export function openVerified(file: string, expected: ExpectedBytes): Readable {
  const verify = verified(expected, `Cannot use "${file}"`);
  // The error of either side arrives at who reads; there is nothing to add here.
  pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), verify, () => undefined);
  return verify;
}

/** A stream that passes bytes on and fails with BLOB_CORRUPT, before it ends, when they are not the expected ones. */
export function verified({ digest, sizeBytes }: ExpectedBytes, action: string): Transform {
  const hash = createHash('sha256');
  let seenBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback): void {
      seenBytes += chunk.length;
      hash.update(chunk);
      done(seenBytes > sizeBytes ? wrong(`it has more than ${sizeBytes} bytes`) : null, chunk);
    },
    flush(done: TransformCallback): void {
      const found = `sha256:${hash.digest('hex')}`;
      if (seenBytes !== sizeBytes) done(wrong(`it has ${seenBytes} bytes, ${sizeBytes} were expected`));
      else if (found !== digest) done(wrong(`its digest is ${found}, ${digest} was expected`));
      else done();
    },
  });

  function wrong(why: string): TsbuildpackError {
    return new TsbuildpackError('BLOB_CORRUPT', `${action}: ${why}`);
  }
}
