import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadBuildpack } from '../../src/buildpack/load-buildpack.ts';
import type { Event } from '../../src/events.ts';
import { writeScript, writeTree } from '../lifecycle/phase-fixture.ts';
import { sharedDirectory } from '../temporary-directory.ts';

const root = sharedDirectory('load');

test('loadBuildpack() reads a directory, and its fingerprint follows what is in it', async () => {
  const dir = writeScript(root, { id: 'a/b', version: '1.2.3', files: { data: 'x' } });
  const buildpack = await loadBuildpack(dir);
  expect(buildpack).toMatchObject({
    kind: 'directory',
    relocatable: false,
    descriptor: { id: 'a/b', version: '1.2.3' },
  });
  expect(buildpack.pure).toBeUndefined();
  const before = await buildpack.fingerprint();
  chmodSync(join(dir, 'data'), 0o755);
  const executable = await buildpack.fingerprint();
  writeFileSync(join(dir, 'data'), 'y');
  expect(new Set([before, executable, await buildpack.fingerprint()]).size).toBe(3);
});

test('BPT-06 a composite needs no programs', async () => {
  const dir = writeScript(root, { id: 'c/d', toml: '[[order]]\n[[order.group]]\nid = "x"\nversion = "1"' });
  expect((await loadBuildpack(dir)).descriptor.order).toHaveLength(1);
});

test('BPT-05 what is odd but no reason to refuse is reported', async () => {
  const events: Event[] = [];
  await loadBuildpack(writeScript(root, { id: 'odd', version: 'x' }), { report: (event) => events.push(event) });
  expect(events).toEqual([{ type: 'warning', message: 'Version "x" of buildpack "odd" is not X.Y.Z' }]);
});

const descriptor = 'api = "0.12"\n[buildpack]\nid = "a"\nversion = "1.0.0"\n';

test.each([
  { what: 'nothing there', files: {}, path: 'missing', message: 'there is no such file or directory' },
  {
    what: 'neither kind',
    files: { 'README.md': '' },
    path: '.',
    message: 'it has neither a buildpack.toml nor a module',
  },
  {
    what: 'BPT-06 no bin/detect',
    files: { 'buildpack.toml': descriptor, 'bin/build': '#!/bin/sh' },
    path: '.',
    message: 'it has no bin/detect',
  },
  {
    what: 'source that has to be compiled',
    files: { 'buildpack.toml': descriptor, 'go.mod': 'module x' },
    path: '.',
    message: 'it has no bin/detect, and a go.mod',
  },
  {
    what: 'an image extension',
    files: { 'extension.toml': '', 'bin/generate': '#!/bin/sh' },
    path: '.',
    message: 'it is an image extension',
  },
  { what: 'no bin at all', files: { 'buildpack.toml': descriptor }, path: '.', message: 'it has no bin/detect' },
  {
    what: 'bin/build that is not executable',
    files: { 'buildpack.toml': descriptor, 'bin/detect': '#!/bin/sh', 'bin/build': '' },
    path: '.',
    message: 'its bin/build is not executable',
  },
  {
    what: 'BPT-06 both order and programs',
    files: {
      'buildpack.toml': `${descriptor}[[order]]\n[[order.group]]\nid = "x"\nversion = "1"`,
      'bin/build': '#!/bin/sh',
    },
    path: '.',
    message: 'it has an [[order]] and bin/build',
  },
  { what: 'another kind of file', files: { 'x.py': '' }, path: 'x.py', message: 'it is a file, but no module' },
  {
    what: 'a broken package.json',
    files: { 'package.json': '{' },
    path: '.',
    message: 'its package.json cannot be read',
  },
])('loadBuildpack() refuses $what', async ({ files, path, message }) => {
  const dir = join(root, 'refused');
  writeTree(dir, { keep: '', ...files });
  await expect(loadBuildpack(join(dir, path))).rejects.toMatchObject({
    code: 'BUILDPACK_INVALID',
    message: expect.stringContaining(message) as string,
  });
});

test('an API that we do not implement ends with status 12 [VER-06]', async () => {
  const dir = writeScript(root, { id: 'old/api', api: '0.6' });
  await expect(loadBuildpack(dir)).rejects.toMatchObject({ code: 'BUILDPACK_API_UNSUPPORTED', exitCode: 12 });
});
