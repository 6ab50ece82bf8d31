import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInRoot, resolveInRoot } from '../../src/environment/read-in-root.ts';
import { sharedDirectory } from '../temporary-directory.ts';

const root = sharedDirectory('tsbuildpack-root');

mkdirSync(join(root, 'etc/real'), { recursive: true });
mkdirSync(join(root, 'usr/etc'), { recursive: true });
writeFileSync(join(root, 'usr/etc/passwd'), 'in the root');
writeFileSync(join(root, 'outside'), 'not outside');
symlinkSync('/usr/etc/passwd', join(root, 'etc/passwd'));
symlinkSync('../../../../../../../../outside', join(root, 'etc/group'));
symlinkSync('/etc/loop', join(root, 'etc/loop'));
symlinkSync('../usr/./etc', join(root, 'etc/link'));
execFileSync('mkfifo', [join(root, 'etc/fifo')]);

test.each([
  { path: '/etc/passwd', text: 'in the root' },
  { path: '/etc/link/passwd', text: 'in the root' },
  { path: '/etc/group', text: 'not outside' },
  { path: '../../etc/../outside', text: 'not outside' },
  { path: '/etc/loop', text: '' },
  { path: '/etc/missing', text: '' },
  { path: '/etc/real', text: '' },
  { path: '/etc/fifo', text: '' },
])('readInRoot() never leaves the root: $path', ({ path, text }) => {
  expect(readInRoot(root, path)).toBe(text);
});

test('resolveInRoot() gives up on links that go round in circles', () => {
  expect(resolveInRoot(root, '/etc/loop')).toBeUndefined();
  expect(resolveInRoot(root, '/etc/link/new')).toBe(join(root, 'usr/etc/new'));
});
