import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as v from 'valibot';
import { readScenario, scenarioNames } from '../../test/conformance/harness/read-scenarios.ts';
import { repositoryRoot } from '../repository-root.ts';

const rowSchema: v.GenericSchema<unknown, ConformanceRow> = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[A-Z]{3}-\d\d$/)),
  /** M must, S should, m may, R what the reference does, ! where specification and reference disagree. */
  level: v.string(),
  text: v.string(),
  /** Versions of the APIs that it is about. */
  api: v.exactOptional(v.string()),
  /** Why there is nothing to check. */
  outOfScope: v.exactOptional(v.string()),
  /** Known to have no check yet. */
  open: v.exactOptional(v.literal(true)),
});

export interface ConformanceRow {
  readonly id: string;
  readonly level: string;
  readonly text: string;
  readonly api?: string;
  readonly outOfScope?: string;
  readonly open?: true;
}

/** The rows of the conformance table, in its order. */
export function readRows(): readonly ConformanceRow[] {
  const file = join(repositoryRoot, 'test', 'conformance', 'rows.json');
  return v.parse(v.array(rowSchema), JSON.parse(readFileSync(file, 'utf8')));
}

/** What checks each row: scenarios that name it, and files with a test whose title (or the `@cnb` line above it) has its ID. */
export function checksByRow(): ReadonlyMap<string, readonly string[]> {
  const checks = new Map<string, Set<string>>();
  const add = (row: string, check: string): void => {
    checks.set(row, (checks.get(row) ?? new Set()).add(check));
  };
  for (const name of scenarioNames()) for (const row of readScenario(name).rows) add(row, `test/conformance/${name}`);
  for (const file of testFiles(join(repositoryRoot, 'test'))) {
    for (const row of rowsIn(readFileSync(file, 'utf8'))) add(row, relative(repositoryRoot, file));
  }
  return new Map([...checks].map(([row, found]) => [row, [...found].toSorted()]));
}

function testFiles(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/conformance/'))
    .toSorted();
}

/** A title stands on the line where its test begins, on one of its own, where the table of its cases ends, or in the case that it is made of. */
const titleLine =
  /^\s*(test|describe|it|(?:\{ )?(?:name|row|rule|what):|\]\)?\(|\)\(|\/\/ @cnb|['"`](?:[A-Z]{3}-\d\d |.*\[[A-Z]{3}-\d\d\]))/;

function rowsIn(text: string): ReadonlySet<string> {
  const lines = text.split('\n').filter((line) => titleLine.test(line));
  return new Set(lines.flatMap((line) => line.match(/\b[A-Z]{3}-\d\d\b/g) ?? []));
}
