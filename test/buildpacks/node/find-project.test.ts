import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProject, pathInRoot } from '../../../buildpacks/node/find-project.ts';
import { lineOfKey, readPackageFile } from '../../../buildpacks/node/package-file.ts';
import { projectIn, writeFiles } from './project-rig.ts';

test('findProject() finds a package, and a lone server.js', () => {
  expect(projectIn({ 'package.json': { name: 'app' } }).app?.manifest.name).toBe('app');
  expect(projectIn({ 'server.js': '' }).app).toBeUndefined();
  const dir = writeFiles({ 'readme.md': '' });
  expect(findProject({ appDir: dir, workspaceDir: dir })).toBeUndefined();
});

test('findProject() finds the root of the workspaces that an application belongs to', () => {
  const files = {
    'package.json': { workspaces: ['apps/*', 'packages/**', '!packages/old'] },
    'package-lock.json': {},
    'apps/api/package.json': { name: 'api' },
    'packages/deep/one/package.json': { name: 'one' },
    'packages/old/package.json': { name: 'old' },
    'packages/deep/node_modules/x/package.json': { name: 'x' },
    'other/package.json': { name: 'other' },
  };
  const project = projectIn(files, 'apps/api');
  expect(project.lockfile).toBe('package-lock.json');
  expect(project.workspaces.map(({ path }) => path)).toEqual(['apps/api', 'packages/deep/one']);
  expect(pathInRoot(project, project.appDir)).toBe('apps/api');
  const alone = projectIn(files, 'other');
  expect(alone.rootDir).toBe(alone.appDir);
});

test('findProject() takes npm-shrinkwrap.json before package-lock.json', () => {
  const files = { 'package.json': {}, 'package-lock.json': {}, 'npm-shrinkwrap.json': {} };
  expect(projectIn(files).lockfile).toBe('npm-shrinkwrap.json');
});

test('readPackageFile() takes fields of an unexpected kind for absent, and refuses what is no JSON object', () => {
  const dir = writeFiles({
    'package.json': '\uFEFF{"name":7,"bin":"cli.js","scripts":[],"workspaces":{"packages":["a"]}}',
  });
  expect(readPackageFile(dir)?.manifest).toMatchObject({ name: undefined, bin: {}, scripts: {}, workspaces: ['a'] });
  for (const text of ['{', '[]', 'null']) {
    const broken = writeFiles({ 'package.json': text });
    expect(() => readPackageFile(broken)).toThrow(`Cannot read "${join(broken, 'package.json')}"`);
  }
});

test('lineOfKey() finds a key behind another', () => {
  const text = '{\n  "node": "x",\n  "engines": {\n    "node": "24"\n  }\n}';
  expect(lineOfKey(text, ['engines', 'node'])).toBe(4);
  expect(lineOfKey(text, ['volta'])).toBe(1);
});

test('findProject() names a package.json that is broken by its place in the workspace', () => {
  const dir = writeFiles({ 'package.json': { workspaces: ['apps/*'] }, 'apps/api/package.json': '{"name":}' });
  const act = (): unknown => findProject({ appDir: join(dir, 'apps/api'), workspaceDir: dir });
  expect(act).toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^Cannot read "apps\/api\/package\.json": it is no JSON/),
      hint: expect.stringContaining('Correct it'),
    }),
  );
});
