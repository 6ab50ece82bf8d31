import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { conformancePage, isBinding } from '../../scripts/docs/conformance-page.ts';
import { checksByRow, readRows } from '../../scripts/docs/conformance-rows.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { readScenario, scenarioNames } from './harness/read-scenarios.ts';
import { inputsDigest, readRecorded } from './harness/recorded-answers.ts';

const rows = readRows();
const ids = new Set(rows.map(({ id }) => id));

describe('the rows of the conformance table', () => {
  test('have IDs of their own', () => {
    expect(ids.size).toBe(rows.length);
  });

  test('that a build must or should keep have a check, or say that they have none yet', () => {
    const checks = checksByRow();
    const inScope = rows.filter((row) => isBinding(row) && row.outOfScope === undefined);
    expect(inScope.filter(({ id, open }) => !checks.has(id) && open !== true).map(({ id }) => id)).toEqual([]);
  });

  test('are in docs/conformance.md as `npm run docs` writes it', () => {
    expect(readFileSync(join(repositoryRoot, 'docs', 'conformance.md'), 'utf8')).toBe(conformancePage());
  });
});

describe('the scenarios', () => {
  test.each(scenarioNames())('%s is named after a row that it proves, and was recorded as it is', (name) => {
    const scenario = readScenario(name);
    expect(scenario.rows.filter((row) => !ids.has(row))).toEqual([]);
    expect(scenario.rows.some((row) => name.startsWith(`${row}-`))).toBe(true);
    expect(readRecorded(name)?.recorded.inputs).toBe(inputsDigest(scenario));
  });
});
