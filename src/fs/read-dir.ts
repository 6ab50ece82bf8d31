import { readdirSync } from 'node:fs';
import type { BytePath } from './byte-path.ts';
import { bytePath, compareBytePaths } from './byte-path.ts';

// U+FFFD is what the decoder puts for bytes that are not UTF-8; surrogates sort otherwise in UTF-16 than in UTF-8.
const unusual = /[\ud800-\udfff\ufffd]/;

/** The names in a directory, without `.` and `..`, in the order of their bytes. System errors as they are. */
export function readDir(path: BytePath): readonly BytePath[] {
  const names = readdirSync(path, 'utf8');
  if (!names.some((name) => unusual.test(name))) return names.toSorted();
  return readdirSync(path, 'buffer').map(bytePath).toSorted(compareBytePaths);
}
