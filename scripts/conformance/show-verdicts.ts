import type { ScenarioAnswer } from '../../test/conformance/harness/answer.ts';
import { compareBuilds, type Difference } from '../../test/conformance/harness/compare-answers.ts';
import { explanationOf } from '../../test/conformance/harness/explained-differences.ts';
import type { Answered } from '../../test/conformance/harness/sandbox.ts';
import type { Scenario } from '../../test/conformance/harness/scenario.ts';

/** Two answers to one scenario; the printed text where they ran side by side. */
export interface Answers {
  readonly scenario: Scenario;
  readonly reference: { readonly answer: ScenarioAnswer; readonly outputs?: readonly string[] } | undefined;
  readonly ours: (Partial<Answered> & Pick<Answered, 'answer'>) | undefined;
}

export interface Verdict extends Answers {
  readonly unexplained: readonly Difference[];
  /** Recorded layers that Go does not pack to their diff ID: the recording is no answer of the reference's. */
  readonly unpackable: readonly string[];
  /** Rows that explain the other differences. */
  readonly rows: ReadonlySet<string>;
}

export function verdictOf(answers: Answers): Verdict {
  const { scenario, reference, ours } = answers;
  const pair = { scenario, reference: reference?.answer ?? [], ours: ours?.answer ?? [] };
  const explained = compareBuilds(pair.reference, pair.ours).map((difference) => ({
    difference,
    row: explanationOf(difference, pair),
  }));
  return {
    ...answers,
    unexplained: explained.filter(({ row }) => row === undefined).map(({ difference }) => difference),
    unpackable: ours?.unpackable ?? [],
    rows: new Set(explained.map(({ row }) => row).filter((row) => row !== undefined)),
  };
}

/** A difference without a row to explain it, or a recording that is not what it says. */
export function isFailed({ unexplained, unpackable }: Verdict): boolean {
  return unexplained.length > 0 || unpackable.length > 0;
}

const most = 12;

/** What differs, by scenario, then how many did and which rows explain the rest. */
export function showVerdicts(verdicts: readonly Verdict[], { verbose }: { readonly verbose: boolean }): void {
  const failed = verdicts.filter(isFailed);
  for (const { scenario, unexplained, unpackable, reference, ours } of failed) {
    console.log(`${scenario.name}: ${unexplained.length} differences`);
    for (const layer of unpackable) console.log(`  packed with archive/tar: ${layer}`);
    for (const { path, reference: theirs, ours: own } of unexplained.slice(0, most)) {
      console.log(`  ${path}\n    reference ${shown(theirs)}\n    ours      ${shown(own)}`);
    }
    if (verbose) {
      console.log(
        `  the reference printed\n${reference?.outputs?.join('\n--\n') ?? ''}\n  ours\n${ours?.outputs?.join('\n--\n') ?? ''}`,
      );
    }
  }
  const rows = [...new Set(verdicts.flatMap((verdict) => [...verdict.rows]))].toSorted();
  console.log(
    `${verdicts.length} scenarios: ${failed.length} differ without an explanation; rows that explain differences: ${rows.join(', ')}`,
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
