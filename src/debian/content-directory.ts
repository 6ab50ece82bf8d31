import { closeSync, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { stampOf } from '../fs/file-stamp.ts';
import type { TarSource } from '../layer/tar-entry.ts';

const filesInDirectory = 1000;

/** Keeps contents of files under names of its own: no name of an archive ever reaches the disk. */
export class ContentDirectory {
  readonly #dir: string;
  #count = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async write(content: AsyncIterable<Buffer>): Promise<TarSource> {
    const folder = join(this.#dir, String(Math.floor(this.#count / filesInDirectory)));
    if (this.#count % filesInDirectory === 0) mkdirSync(folder, { recursive: true });
    const path = join(folder, String(this.#count));
    this.#count += 1;
    const file = openSync(path, 'wx', 0o600);
    try {
      for await (const chunk of content) {
        for (let written = 0; written < chunk.length;) written += writeSync(file, chunk, written);
      }
      return { kind: 'file', path, stamp: stampOf(fstatSync(file)) };
    } finally {
      closeSync(file);
    }
  }
}
