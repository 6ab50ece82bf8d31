// `npm run conformance:launcher -- --reference FILE [--random N] [--seed S] [--record VERSION]`: runs every case and N
// generated ones through the reference launcher (already built, for this machine) and through ours, and compares what
// came of them. --record writes the reference's answers to test/launcher/expected.json.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { rowCases } from '../../test/launcher/cases/all-cases.ts';
import { generateCase } from '../../test/launcher/generate-case.ts';
import type { Answer, LaunchCase } from '../../test/launcher/launch-case.ts';
import { writeRecordedAnswers } from '../../test/launcher/recorded-answers.ts';
import { LaunchBench, type LauncherUnderTest, prebuiltLauncher } from '../../test/launcher/run-launcher.ts';

const { values } = parseArgs({
  options: {
    reference: { type: 'string' },
    random: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    record: { type: 'string' },
  },
});
if (values.reference === undefined) throw new Error('Say --reference FILE: the launcher to compare with');
const reference: LauncherUnderTest = { file: values.reference };
const seed = Number(values.seed);
const generated = Array.from({ length: Number(values.random) }, (_, index) => generateCase(seed + index));
const cases: readonly LaunchCase[] = [...rowCases.filter(({ differs }) => differs === undefined), ...generated];

const bench = new LaunchBench();
const answers = new Map<string, Answer>();
let different = 0;
try {
  for (const given of cases) {
    const [theirs, ours] = await Promise.all([bench.answer(reference, given), bench.answer(prebuiltLauncher(), given)]);
    answers.set(given.name, theirs);
    if (comparable(theirs) === comparable(ours)) continue;
    different++;
    console.log(`${given.name}\n  reference ${JSON.stringify(theirs)}\n  ours      ${JSON.stringify(ours)}`);
  }
} finally {
  bench.remove();
}
console.log(`${cases.length} cases (${generated.length} of them generated, seed ${seed}): ${different} differences`);
if (values.record !== undefined) {
  const digest = `sha256:${createHash('sha256').update(readFileSync(values.reference)).digest('hex')}`;
  writeRecordedAnswers({ version: values.record, digest, seed, generated: generated.length }, answers);
}
if (different > 0) process.exitCode = 1;

/** For an API that it cannot read, the reference prints <nil> where ours names it. */
function comparable(answer: Answer): string {
  return JSON.stringify(answer).replace(/parse buildpack API '[^']*'/, "parse buildpack API '…'");
}
