import { describe, expect, test } from 'vitest';
import { rowCases } from './cases/all-cases.ts';
import { launcherContract } from './launcher-contract.ts';
import { readRecordedAnswers } from './recorded-answers.ts';
import { prebuiltLauncher } from './run-launcher.ts';

// The slow suites run all generated cases.
launcherContract('in an image', prebuiltLauncher, { generated: 40 });

/** Rows of the conformance table that are about launching. ENV-09 for Buildpack API 0.5 and later. */
const rows = [
  ...Array.from({ length: 25 }, (_, index) => `LCH-${String(index + 1).padStart(2, '0')}`),
  ...['03', '04', '06', '07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '17'].map((row) => `ENV-${row}`),
  ...['04', '10', '12', '13', '14', '19', '20'].map((row) => `PRC-${row}`),
  ...['01', '04', '05', '06'].map((row) => `VER-${row}`),
];

describe('the cases', () => {
  const names = rowCases.map(({ name }) => name);

  test.each(rows)('cover %s', (row) => {
    expect(names.filter((name) => name.startsWith(`${row} `))).not.toEqual([]);
  });

  test('have names of their own, and recorded answers unless they differ on purpose', () => {
    expect(new Set(names).size).toBe(names.length);
    const recorded = Object.keys(readRecordedAnswers().answers);
    const compared = rowCases.filter(({ differs }) => differs === undefined).map(({ name }) => name);
    expect(compared.filter((name) => !recorded.includes(name))).toEqual([]);
  });
});
