import { expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { tarHeader } from '../../src/layer/tar-header.ts';
import { goldenDigests, goldenEntries } from './support/golden-entries.ts';

test('tarHeader() gives the bytes of archive/tar where the format has its limits', () => {
  expect(goldenEntries.map((entry) => digestOf(tarHeader(entry)))).toEqual(goldenDigests);
});

test('tarHeader() writes fields as the reference does: digits and NUL, fixed time, no names', () => {
  const header = tarHeader({ path: '/a', type: 'file', mode: 0o644, uid: 1001, gid: 1000, sizeBytes: 5 }).toString(
    'latin1',
  );
  expect(header.slice(0, 4)).toBe('/a\0\0');
  expect(header.slice(100, 157)).toBe('0000644\x000001751\x000001750\x0000000000005\x0002263523001\x00007505\0 0');
  expect(header.slice(257, 345)).toBe(`ustar\x0000${'\0'.repeat(64)}0000000\x000000000\0`);
});

test.each([
  { what: 'a zero byte', entry: { path: 'a\0b' }, why: 'zero byte' },
  { what: 'a slash at the end of a file name', entry: { path: 'a/' }, why: 'slash' },
  { what: 'a mode that does not fit', entry: { path: 'a', mode: 8 ** 7 }, why: 'mode' },
])('tarHeader() refuses $what', ({ entry, why }) => {
  const base = { type: 'file' as const, mode: 0, uid: 0, gid: 0, sizeBytes: 0 };
  expect(() => tarHeader({ ...base, ...entry })).toThrow(why);
});
