import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobStore } from '../../src/image/blob-store.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** The smallest real blob store: files in a directory that is removed after the test. Counts what was put. */
export interface FolderBlobStore extends BlobStore {
  readonly puts: Digest[];
}

export async function openFolderBlobStore(): Promise<FolderBlobStore> {
  const folder = temporaryDirectory('tsb-blobs');
  const puts: Digest[] = [];
  const fileOf = (digest: Digest): string => join(folder, hexOf(digest));
  const read = (digest: Digest): Promise<Buffer | undefined> => readFile(fileOf(digest)).catch(() => undefined);
  const has = async (digest: Digest): Promise<boolean> => (await read(digest)) !== undefined;
  return {
    puts,
    has,
    read,
    file: async (digest) => ((await has(digest)) ? fileOf(digest) : undefined),
    open: async (digest) => Readable.from([await readFile(fileOf(digest))], { objectMode: false }),
    async put(expected, open): Promise<void> {
      if (await has(expected)) return;
      const bytes = await buffer(await open());
      if (digestOf(bytes) !== expected) throw new Error(`${expected} is not the digest`);
      puts.push(expected);
      await writeFile(fileOf(expected), bytes);
    },
    async putBytes(bytes): Promise<Digest> {
      const digest = digestOf(bytes);
      await writeFile(fileOf(digest), bytes);
      return digest;
    },
  };
}
