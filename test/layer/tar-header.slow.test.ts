import fc from 'fast-check';
import { expect, test } from 'vitest';
import { showPath } from '../../src/fs/byte-path.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { tarHeader } from '../../src/layer/tar-header.ts';
import { arbitraryEntry } from './support/arbitrary-entry.ts';
import { goldenDigests, goldenEntries } from './support/golden-entries.ts';
import { buildGoTar } from './support/go-tar.ts';

const go = buildGoTar();

test('tarHeader() gives the bytes of archive/tar for any entry', () => {
  fc.assert(
    fc.property(fc.array(arbitraryEntry, { minLength: 50, maxLength: 400 }), (entries) => {
      const expected = go.headers(entries);
      entries.forEach((entry, index) => {
        expect(tarHeader(entry).toString('hex'), showPath(entry.path)).toBe(expected[index]);
      });
    }),
    { numRuns: 150 },
  );
});

test('tarHeader() splits and cuts names at the same byte as archive/tar, for every length', () => {
  const names = [];
  for (let length = 1; length <= 420; length += 1) {
    for (const every of [1, 2, 3, 7, 50, 99, 100, 101, 154, 155, 156, 157, 1000]) {
      const letters = Array.from({ length }, (_, index): string =>
        (index + 1) % every === 0 && every > 1 ? '/' : 'x',
      );
      if (letters.at(-1) === '/') letters[length - 1] = 'y';
      names.push(letters.join(''), `/${letters.join('')}`, `${letters.join('').slice(0, -1)}ü`);
    }
  }
  const entries = names.flatMap((name) => [
    { path: name, type: 'file' as const, mode: 0o644, uid: 1, gid: 2, sizeBytes: 3 },
    { path: `${name}/`, type: 'directory' as const, mode: 0o755, uid: 1, gid: 8 ** 7, sizeBytes: 0 },
    { path: 'l', type: 'symlink' as const, mode: 0o777, uid: 1, gid: 2, sizeBytes: 0, linkTarget: name },
  ]);
  const expected = go.headers(entries);
  entries.forEach((entry, index) => expect(tarHeader(entry).toString('hex'), entry.path).toBe(expected[index]));
});

test('the golden digests that the unit tests compare with are those of archive/tar', () => {
  const digests = go.headers(goldenEntries).map((hex) => digestOf(Buffer.from(hex, 'hex')));
  expect(digests).toEqual(goldenDigests);
});
