import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeLaunchMetadata } from '../../src/cnb/launch-metadata.ts';
import { Decoder } from './decoder.ts';
import { launchMetadata, readByLauncher, variables } from './documents.ts';

let decoder: Decoder;
beforeAll(() => {
  decoder = new Decoder();
});
afterAll(() => decoder.remove());

test('the launcher reads every metadata.toml that we write', () => {
  const documents = fc.array(launchMetadata, { minLength: 1, maxLength: 40 });
  const reads = fc.property(documents, (all) => {
    expect(
      decoder.decode(
        'm',
        all.map((one) => writeLaunchMetadata(one)),
      ),
    ).toEqual(all.map(readByLauncher));
  });
  fc.assert(reads, { numRuns: 50 });
});

test('the launcher reads all strings, with all keys, of an exec.d program', () => {
  const reads = fc.property(fc.array(variables, { minLength: 1, maxLength: 40 }), (all) => {
    expect(
      decoder.decode(
        'e',
        all.map((document) => stringify(document)),
      ),
    ).toEqual(all);
  });
  fc.assert(reads, { numRuns: 50 });
});

test('the launcher refuses a document that is cut anywhere inside of a value', () => {
  const [key, value] = ["'k' = ", "'''a\n''b'''"];
  // Two quotes alone are a whole string.
  const lengths = Array.from({ length: value.length }, (_, index) => index).filter((length) => length !== 2);
  const read = decoder.decode(
    'e',
    lengths.map((length) => key + value.slice(0, length)),
  );
  expect(read.filter((document) => document !== null)).toEqual([]);
});

/** As large as is read at all, and as many values as fit. */
const largest = [
  { name: 'arrays', start: 'a = [', piece: '[],', end: ']' },
  { name: 'strings', start: 'a = [', piece: '"",', end: ']' },
  { name: 'dotted keys', start: '', piece: 'a.', end: 'a = 1' },
  { name: 'tables', start: '', piece: '[[a]]\n', end: '' },
  { name: 'one string', start: 'a = """', piece: '""x', end: '"""' },
];

test.each(largest)('the launcher reads a document full of $name within its memory', ({ start, piece, end }) => {
  const count = Math.floor(((1 << 20) - start.length - end.length) / piece.length);
  const document = start + piece.repeat(count) + end;
  expect(decoder.decode('m', [document])).toEqual([{ processes: [], buildpacks: [] }]);
});
