import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobSink } from '../../src/layer/blob-sink.ts';
import { hexOf } from '../../src/oci/digest.ts';

/** Keeps blobs in a directory, by digest. */
export function directorySink(dir: string): BlobSink & { readonly dir: string } {
  let count = 0;
  mkdirSync(dir, { recursive: true });
  return {
    dir,
    async create() {
      count += 1;
      const path = join(dir, `unfinished-${count}`);
      writeFileSync(path, '', { flag: 'wx' });
      return { path };
    },
    async commit(path, digest) {
      const file = join(dir, hexOf(digest));
      renameSync(path, file);
      return file;
    },
    async discard(path) {
      rmSync(path, { force: true });
    },
  };
}
