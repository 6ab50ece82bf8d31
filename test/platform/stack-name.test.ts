import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findStackName } from '../../src/platform/stack-name.ts';

test('findStackName() knows directories, built-in stacks and those of the project', () => {
  const projectDir = mkdtempSync(join(tmpdir(), 'project-'));
  onTestFinished(() => rmSync(projectDir, { recursive: true, force: true }));
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
