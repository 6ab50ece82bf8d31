import { readFileSync } from 'node:fs';
import type { TarEntry } from '../layer/tar-entry.ts';

/** The bytes of a small file. */
export function readEntry({ source }: TarEntry): Buffer {
  if (source === undefined) return Buffer.alloc(0);
  return source.kind === 'content' ? Buffer.from(source.bytes) : readFileSync(source.path);
}
