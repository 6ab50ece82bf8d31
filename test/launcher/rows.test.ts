import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowCases } from './cases/all-cases.ts';
import { demanded, observed } from './cases/row-case.ts';
import { generateCase } from './generate-case.ts';
import { readRecordedAnswers } from './recorded-answers.ts';
import { LaunchBench, prebuiltLauncher } from './run-launcher.ts';

let bench: LaunchBench;
beforeAll(() => {
  bench = new LaunchBench();
});
afterAll(() => bench.remove());

describe('the launcher in an image', () => {
  const { reference, answers } = readRecordedAnswers();

  test.for(rowCases)('$name', async (given) => {
    const answer = await bench.answer(prebuiltLauncher(), given);
    expect(observed(given, answer)).toEqual(demanded(given));
    const recorded = given.differs === undefined ? answers[given.name] : answer;
    expect(answer, `lifecycle ${reference.version}`).toEqual(recorded);
  });

  // The slow suites run all that were recorded.
  const generated = Array.from({ length: 40 }, (_, index) => generateCase(reference.seed + index));
  test.for(generated)('does what the reference did: $name', async (given) => {
    expect(await bench.answer(prebuiltLauncher(), given)).toEqual(answers[given.name]);
  });
});
