import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import { parseDigest } from '../oci/digest.ts';
import { decompressed } from './decompress.ts';
import type { ReadEntry } from './read-tar.ts';
import { readTar } from './read-tar.ts';

/** An entry with a digest in place of its content. */
export interface ListedEntry extends Omit<ReadEntry, 'content'> {
  /** Of a file's content. */
  readonly sha256?: Digest;
}

/** Lists an archive, compressed or not. Throws ARCHIVE_INVALID, errors of the source. */
export async function* listEntries(open: () => Promise<AsyncIterable<Buffer>>): AsyncGenerator<ListedEntry> {
  for await (const { content, ...entry } of readTar(decompressed(await open()))) {
    if (entry.type !== 'file') {
      yield entry;
      continue;
    }
    const hash = createHash('sha256');
    for await (const chunk of content) hash.update(chunk);
    yield { ...entry, sha256: parseDigest(`sha256:${hash.digest('hex')}`) };
  }
}
