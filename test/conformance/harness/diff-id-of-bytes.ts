import { createHash } from 'node:crypto';
import { decompressed } from '../../../src/layer/decompress.ts';
import type { Layer } from '../../../src/layer/layer.ts';

/** Of what is in the blob, whatever a document says of it. */
export async function diffIdOfBytes(layer: Layer): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of decompressed(await layer.open())) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
