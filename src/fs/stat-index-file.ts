import { isUtf8 } from 'node:buffer';
import { bytePath, pathBytes } from './byte-path.ts';
import type { StatIndex } from './stat-index.ts';

const magic = 'tsbuildpack stat index 1\n';
const numbersPerPath = 5;

/**
 * An index as bytes: the magic line, the time, the numbers (doubles in the machine's order; a foreign file is not understood), then the
 * paths, each ended by a zero byte.
 */
export function encodeIndex({ takenAtMs, paths, numbers }: StatIndex): Buffer {
  const head = Float64Array.of(paths.length, takenAtMs);
  const names = paths.every((path) => typeof path === 'string')
    ? Buffer.from(paths.map((path) => `${path}\0`).join(''))
    : Buffer.concat(paths.flatMap((path) => [pathBytes(path), Buffer.of(0)]));
  return Buffer.concat([Buffer.from(magic), bytesOf(head), bytesOf(numbers), names]);
}

/** Undefined when the bytes are not a whole index of this version, which then only costs time. */
export function decodeIndex(bytes: Buffer): StatIndex | undefined {
  if (bytes.length < magic.length + 16 || bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  const [count = 0, takenAtMs = 0] = doubles(bytes, magic.length, 2);
  const numbersAt = magic.length + 16;
  const namesAt = numbersAt + count * numbersPerPath * 8;
  if (!Number.isSafeInteger(count) || count < 0 || namesAt > bytes.length) return undefined;
  const paths = splitPaths(bytes.subarray(namesAt));
  if (paths.length !== count) return undefined;
  return { takenAtMs, paths, numbers: doubles(bytes, numbersAt, count * numbersPerPath) };
}

function splitPaths(names: Buffer): StatIndex['paths'] {
  if (isUtf8(names)) return names.toString('utf8').split('\0').slice(0, -1);
  const pieces = names.toString('latin1').split('\0').slice(0, -1);
  return pieces.map((piece) => bytePath(Buffer.from(piece, 'latin1')));
}

function bytesOf(numbers: Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** A copy, because doubles have to lie at multiples of eight. */
function doubles(bytes: Buffer, at: number, count: number): Float64Array {
  return new Float64Array(Uint8Array.prototype.slice.call(bytes, at, at + count * 8).buffer);
}
