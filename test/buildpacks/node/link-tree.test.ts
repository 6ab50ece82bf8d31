import { readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linkTree } from '../../../buildpacks/node/link-tree.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';
import { writeFiles } from './project-rig.ts';

test('linkTree() gives the same files, and removing one is no harm to the other', () => {
  const from = writeFiles({ 'a/one.js': 'one', 'two.js': 'two' });
  symlinkSync('../two.js', join(from, 'a', 'link'));
  const to = join(temporaryDirectory('link-tree'), 'copy');
  linkTree(from, to);
  expect(readFileSync(join(to, 'a/one.js'), 'utf8')).toBe('one');
  expect(readlinkSync(join(to, 'a/link'))).toBe('../two.js');
  expect(statSync(join(to, 'two.js')).ino).toBe(statSync(join(from, 'two.js')).ino);
  rmSync(to, { recursive: true });
  expect(readFileSync(join(from, 'a/one.js'), 'utf8')).toBe('one');
});
