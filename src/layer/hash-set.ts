const hashBytes = 32;

/** Hashes in hexadecimal as one sorted list of bytes, which all threads share: a set would be copied into each of them with every task. */
export function sharedHashes(hashes: Iterable<string>): Uint8Array {
  const sorted = [...new Set(hashes)].toSorted();
  const bytes = Buffer.from(new SharedArrayBuffer(sorted.length * hashBytes));
  for (const [position, hash] of sorted.entries()) bytes.write(hash, position * hashBytes, 'hex');
  return bytes;
}

export function hasHash(hashes: Uint8Array, hash: Uint8Array): boolean {
  let from = 0;
  let to = hashes.length / hashBytes;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const order = Buffer.compare(hashes.subarray(middle * hashBytes, (middle + 1) * hashBytes), hash);
    if (order === 0) return true;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return false;
}
