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
    expect(decoder.decode('m', all.map(writeLaunchMetadata))).toEqual(all.map(readByLauncher));
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
