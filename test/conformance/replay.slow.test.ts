import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../scripts/conformance/show-verdicts.ts';
import { replay } from './harness/replay.ts';

const verdicts = (await replay()).map((replayed) => verdictOf(replayed));

describe('what the reference lifecycle answered', () => {
  test.each(verdicts)('$scenario.name', ({ unexplained, unpackable }) => {
    expect(unexplained).toEqual([]);
    expect(unpackable).toEqual([]);
  });

  test('was recorded for as many scenarios as there should be', () => {
    expect(verdicts.filter(({ scenario }) => scenario.rows.length > 0).length).toBeGreaterThanOrEqual(60);
    expect(verdicts.filter(({ scenario }) => scenario.rows.length === 0).length).toBeGreaterThanOrEqual(200);
  });
});
