import { expect, test } from 'vitest';
import { findOtherManager, refuseOtherManagers } from '../../../buildpacks/node/other-managers.ts';
import { projectIn } from './project-rig.ts';

test.each([
  ['yarn.lock', 'yarn'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['pnpm-workspace.yaml', 'pnpm'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
])('refuseOtherManagers() refuses a project with %s', (file, name) => {
  const project = projectIn({ 'package.json': {}, [file]: '' });
  expect(findOtherManager(project)).toEqual({ name, where: `there is ${file}` });
  expect(() => refuseOtherManagers(project)).toThrow(`the project is made for ${name}, which is not supported yet`);
});

test.each([
  ['packageManager', { packageManager: 'pnpm@10.1.0' }, 'package.json:2 asks for pnpm'],
  ['devEngines', { devEngines: { packageManager: { name: 'yarn' } } }, 'package.json:3 asks for yarn'],
])('refuseOtherManagers() refuses another manager in %s, whatever lockfile there is', (_what, manifest, where) => {
  const project = projectIn({ 'package.json': manifest, 'package-lock.json': {} });
  expect(findOtherManager(project)?.where).toBe(where);
});

test('refuseOtherManagers() refuses to choose between the lockfiles of two', () => {
  const files = { 'package.json': {}, 'package-lock.json': {}, 'yarn.lock': '' };
  expect(findOtherManager(projectIn(files))?.name).toBe('yarn');
  expect(findOtherManager(projectIn({ ...files, 'package.json': { packageManager: 'npm@11.6.2' } }))).toBeUndefined();
});

test.each([
  {},
  { packageManager: 'npm@11.6.2' },
  { devEngines: { packageManager: [{ name: 'npm' }, { name: 'pnpm' }] } },
])('refuseOtherManagers() takes %j', (manifest) => {
  expect(findOtherManager(projectIn({ 'package.json': manifest }))).toBeUndefined();
});
