import { expect, test } from 'vitest';
import { buildScripts } from '../../../../buildpacks/node/scripts/build-scripts.ts';
import { neededWorkspaces } from '../../../../buildpacks/node/workspaces/needed-workspaces.ts';
import { appFolder, projectIn } from '../app-folder.ts';

const build = { build: 'tsc' };
const files = {
  'package.json': { workspaces: ['apps/*', 'packages/*'], scripts: { build: 'turbo build' } },
  'apps/api/package.json': { name: 'api', scripts: build, dependencies: { b: '*', express: '*' } },
  'apps/web/package.json': { name: 'web', scripts: build, dependencies: { c: '*' } },
  'packages/a/package.json': { name: '@acme/a', scripts: build },
  'packages/b/package.json': {
    name: 'b',
    scripts: build,
    dependencies: { '@acme/a': '*' },
    devDependencies: { d: '*' },
  },
  'packages/c/package.json': { name: 'c', scripts: build },
  'packages/d/package.json': { name: 'd', peerDependencies: { '@acme/a': '*' } },
};

test('neededWorkspaces() orders members behind those they depend on, and leaves the others out', () => {
  const { app, dependencies } = neededWorkspaces(projectIn(appFolder(files), 'apps/api'));
  expect(app?.path).toBe('apps/api');
  expect(dependencies.map(({ path }) => path)).toEqual(['packages/a', 'packages/d', 'packages/b']);
});

test('neededWorkspaces() names a circle', () => {
  const circle = { ...files, 'packages/a/package.json': { name: '@acme/a', dependencies: { b: '*' } } };
  expect(() => neededWorkspaces(projectIn(appFolder(circle), 'apps/api'))).toThrow(
    'Cannot order the workspaces: packages/b needs packages/a needs packages/b',
  );
});

test('buildScripts() runs build of the members first, and those that BP_NODE_RUN_SCRIPTS names instead of that of the application', () => {
  const project = projectIn(appFolder(files), 'apps/api');
  const shown = (setting: string | undefined): readonly string[] =>
    buildScripts(project, setting).map(({ script, package: { manifest } }) => `${manifest.name} ${script}`);
  expect(shown(undefined)).toEqual(['@acme/a build', 'b build', 'api build']);
  expect(shown('build,build')).toEqual(['@acme/a build', 'b build', 'api build', 'api build']);
  expect(shown('none')).toEqual([]);
  expect(shown('')).toEqual([]);
  expect(() => shown('bild')).toThrow(
    'Cannot run the script "bild" of BP_NODE_RUN_SCRIPTS: package.json does not have it',
  );
});

test('buildScripts() of an application without workspaces is its build script, if it has one', () => {
  expect(buildScripts(projectIn(appFolder({ 'package.json': { scripts: build } })), undefined)).toHaveLength(1);
  expect(buildScripts(projectIn(appFolder({ 'package.json': {} })), undefined)).toEqual([]);
});
