import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedDirectory } from '../temporary-directory.ts';
import { buildFuzzer, corpus, runFuzzer, writeSeeds } from './fuzzer.ts';

const folder = sharedDirectory('tsbuildpack-fuzz');

test('nothing that the launcher reads breaks it, as far as 30 seconds of fuzzing tell', () => {
  const found = join(folder, 'found');
  const seeds = join(folder, 'seeds');
  mkdirSync(found);
  writeSeeds(seeds);
  expect(runFuzzer(buildFuzzer(folder), ['-max_total_time=30', '-verbosity=0', found, corpus, seeds], folder)).toBe(0);
});
