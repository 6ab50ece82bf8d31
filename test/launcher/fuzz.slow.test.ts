import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildFuzzer, corpus, runFuzzer, writeSeeds } from './fuzzer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('nothing that the launcher reads breaks it, as far as 30 seconds of fuzzing tell', () => {
  const found = join(folder, 'found');
  const seeds = join(folder, 'seeds');
  mkdirSync(found);
  writeSeeds(seeds);
  expect(runFuzzer(buildFuzzer(folder), ['-max_total_time=30', '-verbosity=0', found, corpus, seeds], folder)).toBe(0);
});
