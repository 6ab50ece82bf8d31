import { isUtf8 } from 'node:buffer';

/**
 * A path or name as the kernel has it: bytes. Text where they are valid UTF-8 (nearly always, and much faster), a Buffer where they
 * are not, so that a file with a Latin-1 name is neither lost nor renamed.
 */
export type BytePath = string | Buffer;

/** Text if the bytes are valid UTF-8, else the bytes. */
export function bytePath(bytes: Buffer): BytePath {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes;
}

export function pathBytes(path: BytePath): Buffer {
  return typeof path === 'string' ? Buffer.from(path, 'utf8') : path;
}

/** `dir/name`; no normalisation. */
export function joinBytePath(dir: BytePath, name: BytePath): BytePath {
  const separator = endsWithSlash(dir) ? '' : '/';
  if (typeof dir === 'string' && typeof name === 'string') return `${dir}${separator}${name}`;
  return Buffer.concat([pathBytes(dir), Buffer.from(separator), pathBytes(name)]);
}

function endsWithSlash(path: BytePath): boolean {
  return typeof path === 'string' ? path.endsWith('/') : path.at(-1) === 0x2f;
}

const surrogate = /[\ud800-\udfff]/;

/** Order of the UTF-8 bytes, as Go and the C locale have it; UTF-16 order differs where surrogates are involved. */
export function compareBytePaths(a: BytePath, b: BytePath): number {
  if (typeof a === 'string' && typeof b === 'string') {
    if (a === b) return 0;
    if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : 1;
  }
  return Buffer.compare(pathBytes(a), pathBytes(b));
}

/** For messages: bytes that are not UTF-8 are shown as U+FFFD. */
export function showPath(path: BytePath): string {
  return typeof path === 'string' ? path : path.toString('utf8');
}
