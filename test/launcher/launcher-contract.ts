import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowCases } from './cases/all-cases.ts';
import { demanded, observed } from './cases/row-case.ts';
import { generateCase } from './generate-case.ts';
import { readRecordedAnswers } from './recorded-answers.ts';
import { LaunchBench, type LauncherUnderTest } from './run-launcher.ts';

export interface ContractOptions {
  /** How many of the recorded generated cases to run. @default all */
  readonly generated?: number;
  /** The launcher runs in an emulator. @default false */
  readonly emulated?: boolean;
}

/** Everything that a launcher has to do, whatever it was compiled with. */
export function launcherContract(
  name: string,
  makeLauncher: () => LauncherUnderTest,
  options: ContractOptions = {},
): void {
  describe(`The launcher ${name}`, () => {
    let bench: LaunchBench;
    let launcher: LauncherUnderTest;
    beforeAll(() => {
      bench = new LaunchBench();
      launcher = makeLauncher();
    });
    afterAll(() => bench.remove());

    const { reference, answers } = readRecordedAnswers();

    const rows = rowCases.filter(({ nativeOnly }) => !(nativeOnly === true && options.emulated === true));
    test.for(rows)('$name', async (given) => {
      const answer = await bench.answer(launcher, given);
      expect(observed(given, answer)).toEqual(demanded(given));
      const recorded = given.differs === undefined ? answers[given.name] : answer;
      expect(answer, `lifecycle ${reference.version}`).toEqual(recorded);
    });

    const count = Math.min(options.generated ?? Infinity, reference.generated);
    const generated = Array.from({ length: count }, (_, index) => generateCase(reference.seed + index));
    test.for(generated)('does what the reference did: $name', async (given) => {
      expect(await bench.answer(launcher, given)).toEqual(answers[given.name]);
    });
  });
}
