import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';

/** Writes a stream to a file and gives the number of bytes. Throws BLOB_CORRUPT when they are not those of the digest. */
export async function receiveBlob(bytes: Readable, path: string, expected: Digest): Promise<number> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'w', 0o600);
  try {
    for await (const chunk of bytes) {
      const part = toBytes(chunk);
      hash.update(part);
      sizeBytes += part.length;
      await file.writeFile(part);
    }
  } finally {
    await file.close();
  }
  const hex = hash.digest('hex');
  if (hex === hexOf(expected)) return sizeBytes;
  throw new TsbuildpackError(
    'BLOB_CORRUPT',
    `Cannot store blob ${expected}: the bytes that came (${sizeBytes}) are those of sha256:${hex}`,
    { hint: 'Try again; if it happens again, what is at the source is damaged' },
  );
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new TypeError('A blob has to be a stream of bytes');
}
