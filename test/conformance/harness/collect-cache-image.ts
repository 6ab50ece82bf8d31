import { cacheMetadataName } from '../../../src/cnb/cache-metadata.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import type { CacheImageAnswer } from './answer.ts';
import { isInRegistry, pullImage } from './registry.ts';

/** A cache image, with what the next one needs to know of it. */
export interface CacheImageLeft {
  readonly answer: CacheImageAnswer;
  readonly digest: Digest;
}

/** Reads the image `cache` of the registry; undefined when there is none. */
export async function collectCacheImage(before: CacheImageLeft | undefined): Promise<CacheImageLeft | undefined> {
  const image = await pullImage('cache');
  if (image === undefined) return undefined;
  const answer: CacheImageAnswer = {
    metadata: JSON.parse(image.config.config?.Labels?.[cacheMetadataName] ?? 'null') as unknown,
    diffIds: [...new Set(image.layers.map(({ diffId }) => diffId))],
  };
  const isOther = before !== undefined && before.answer.diffIds.join() !== answer.diffIds.join();
  if (!isOther) return { answer, digest: image.digest };
  const there = (await isInRegistry('cache', before.digest)) ? 'there' : 'gone';
  return { answer: { ...answer, before: there }, digest: image.digest };
}
