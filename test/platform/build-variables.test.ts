import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBuildVariables } from '../../src/platform/build-variables.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const none = { flags: [], files: [], project: [], hostEnv: {} };

function envFile(text: string): string {
  const file = join(temporaryDirectory('env'), 'vars');
  writeFileSync(file, text);
  return file;
}

test('readBuildVariables() lets flags win over files and files over project.toml (PRJ-10)', () => {
  const variables = readBuildVariables({
    ...none,
    project: [
      { name: 'A', value: 'project' },
      { name: 'B', value: 'project' },
      { name: 'C', value: 'project' },
    ],
    files: [envFile('B=file\nC=file\n')],
    flags: ['C=flag'],
  });
  expect(variables).toEqual({ A: 'project', B: 'file', C: 'flag' });
});

test('readBuildVariables() takes values as they stand: equals signs, quotes and spaces', () => {
  const variables = readBuildVariables({ ...none, files: [envFile('# no\n\nA="b=c" \r\nEMPTY=\n')], flags: ['X=a=b'] });
  expect(variables).toEqual({ A: '"b=c" ', EMPTY: '', X: 'a=b' });
});

test('readBuildVariables() passes a name alone on from the environment, and nothing when it is not set', () => {
  const variables = readBuildVariables({ ...none, flags: ['SET', 'UNSET'], hostEnv: { SET: '1' } });
  expect(variables).toEqual({ SET: '1' });
});

test.each(['=x', 'a/b=c', '..=x'])(
  'readBuildVariables() refuses %s: it could not be a file of platform/env',
  (flag) => {
    expect(() => readBuildVariables({ ...none, flags: [flag] })).toThrow(/as the name of a variable/);
  },
);
