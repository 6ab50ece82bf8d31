import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findStackName } from '../../src/platform/stack-name.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

test('findStackName() knows directories, built-in stacks and those of the project', () => {
  const projectDir = temporaryDirectory('project');
  for (const name of ['mine', 'base']) {
    mkdirSync(join(projectDir, 'stacks', name), { recursive: true });
    writeFileSync(join(projectDir, 'stacks', name, 'stack.toml'), '');
  }
  const find = (text: string): string => findStackName(text, { cwd: '/work', projectDir });
  expect(find('./stacks/x')).toBe('/work/stacks/x');
  expect(find('/stacks/x')).toBe('/stacks/x');
  expect(find('mine')).toBe(join(projectDir, 'stacks/mine'));
  expect(find('other')).toBe('other');
  // A built-in name always means the same.
  expect(find('base')).toBe('base');
});
