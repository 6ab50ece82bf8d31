import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { findOutput } from '../../../../buildpacks/node/frameworks/find-output.ts';
import { imageWorkspace, relocateOutput } from '../../../../buildpacks/node/slices/relocate-output.ts';
import type { SelectedFiles } from '../../../../buildpacks/node/slices/select-files.ts';
import { selectFiles } from '../../../../buildpacks/node/slices/select-files.ts';
import { productionPackages } from '../../../../buildpacks/node/workspaces/production-packages.ts';
import type { AppFiles } from '../app-folder.ts';
import { appFolder, projectIn } from '../app-folder.ts';

function select(files: AppFiles, appPath = '.'): { dir: string; selected: SelectedFiles; left: readonly string[] } {
  const dir = appFolder(files);
  const project = projectIn(dir, appPath);
  const packages = productionPackages(project.appDir, project.rootDir);
  const output = findOutput(project.appDir);
  const selected = selectFiles({ project, workspaceDir: dir, packages, output });
  const left = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .toSorted();
  return { dir, selected, left };
}

test('selectFiles() leaves everything of an application but packages for development', () => {
  const { dir, selected, left } = select({
    'package.json': { dependencies: { a: '*' }, devDependencies: { b: '*' } },
    'src/index.js': '',
    'test/x.js': '',
    'node_modules/a/package.json': {},
    'node_modules/b/package.json': {},
  });
  expect(left).toEqual(['node_modules/a/package.json', 'package.json', 'src/index.js', 'test/x.js']);
  expect(selected).toEqual({ dependencies: [join(dir, 'node_modules')], removedPackages: 1 });
});

test('selectFiles() leaves of workspaces the application and what it depends on', () => {
  const { selected, left } = select(
    {
      'package.json': { workspaces: ['apps/*', 'packages/*'] },
      'package-lock.json': {},
      'turbo.json': {},
      'apps/api/package.json': { name: 'api', dependencies: { lib: '*', shared: '*' } },
      'apps/api/server.js': '',
      'apps/api/node_modules/shared/package.json': {},
      'apps/web/package.json': { name: 'web', dependencies: { next: '*' } },
      'packages/lib/package.json': { name: 'lib', devDependencies: { jest: '*' } },
      'packages/lib/index.js': '',
      'packages/lib/node_modules/jest/package.json': {},
      'node_modules/lib': '-> ../packages/lib',
      'node_modules/web': '-> ../apps/web',
      'node_modules/next/package.json': {},
    },
    'apps/api',
  );
  expect(left).toEqual([
    'apps/api/node_modules/shared/package.json',
    'apps/api/package.json',
    'apps/api/server.js',
    'node_modules/lib',
    'package.json',
    'packages/lib/index.js',
    'packages/lib/package.json',
  ]);
  expect(selected.reason).toBe('Of the workspaces stay apps/api, packages/lib');
  expect(selected.dependencies).toHaveLength(2);
});

test('selectFiles() leaves of Next.js its standalone server, with the files that it serves', () => {
  const { dir, selected, left } = select({
    'package.json': { dependencies: { next: '*' } },
    'app/page.jsx': '',
    'public/robots.txt': '',
    'node_modules/next/package.json': {},
    '.next/static/chunk.js': '',
    '.next/server/page.js': '',
    '.next/standalone/server.js': '',
    '.next/standalone/package.json': {},
    '.next/standalone/.next/BUILD_ID': '1',
    '.next/standalone/node_modules/next/package.json': {},
  });
  expect(left).toEqual([
    '.next/standalone/.next/BUILD_ID',
    '.next/standalone/.next/static/chunk.js',
    '.next/standalone/node_modules/next/package.json',
    '.next/standalone/package.json',
    '.next/standalone/public/robots.txt',
    '.next/standalone/server.js',
  ]);
  expect(selected.dependencies).toEqual([join(dir, '.next/standalone/node_modules')]);
});

test('selectFiles() leaves of Nitro its output alone', () => {
  const { left, selected } = select({
    'package.json': { dependencies: { nuxt: '*' } },
    'app.vue': '',
    'node_modules/nuxt/package.json': {},
    '.output/server/index.mjs': '',
    '.output/server/node_modules/vue/package.json': {},
    '.output/public/x.js': '',
  });
  expect(left).toEqual([
    '.output/public/x.js',
    '.output/server/index.mjs',
    '.output/server/node_modules/vue/package.json',
  ]);
  expect(selected.dependencies).toHaveLength(1);
});

test.each([
  { name: 'the output', link: '.next', files: { '.next/standalone/server.js': '', '.next/standalone/.next/x': '' } },
  { name: 'the public files', link: 'public', files: { 'public/key': 'secret' } },
])('selectFiles() follows no link that the build left in place of $name', ({ link, files }) => {
  const outside = appFolder(files);
  const app = {
    'package.json': { dependencies: { next: '*' } },
    ...(link === 'public' && { '.next/standalone/server.js': '', '.next/standalone/.next/x': '' }),
    [link]: `-> ${outside}/${link}`,
  };
  expect(() => select(app)).toThrow(`"${link}" is a link`);
  expect(readdirSync(outside, { recursive: true }).length).toBeGreaterThan(1);
});

test('selectFiles() takes nothing out of folders that lie outside, whatever links to them', () => {
  const outside = appFolder({ 'package.json': { name: 'lib' }, 'node_modules/mine/package.json': {} });
  const modules = appFolder({ 'mine/package.json': {} });
  select({
    'package.json': { dependencies: { lib: '*' } },
    'node_modules/lib': `-> ${outside}`,
  });
  select({ 'package.json': {}, node_modules: `-> ${modules}` });
  expect(readdirSync(join(outside, 'node_modules'))).toEqual(['mine']);
  expect(readdirSync(modules)).toEqual(['mine']);
});

test('relocateOutput() puts the path of the image in place of the build directory, outside of dependencies', () => {
  const dir = appFolder({
    'dist/entry.mjs': 'PLACEHOLDER/dist \u00e9',
    'dist/logo.png': 'PLACEHOLDER',
    'node_modules/a/x.js': 'PLACEHOLDER',
    'plain.js': 'x',
  });
  const place = { workspaceDir: dir, appDir: dir, appImageDir: '/workspace' };
  const inside = { appDir: 'PLACEHOLDER', workspaceDir: 'PLACEHOLDER', layersDir: '', tmpDir: '', homeDir: '' };
  expect(relocateOutput({ ...place, inside })).toBe(1);
  expect(readFileSync(join(dir, 'dist/entry.mjs'), 'utf8')).toBe('/workspace/dist \u00e9');
  expect(readFileSync(join(dir, 'node_modules/a/x.js'), 'utf8')).toBe('PLACEHOLDER');
  expect(relocateOutput({ ...place, inside: { ...inside, workspaceDir: '/workspace' } })).toBe(0);
});

test('imageWorkspace() is above the application', () => {
  expect(imageWorkspace({ workspaceDir: '/b/app', appDir: '/b/app', appImageDir: '/workspace' })).toBe('/workspace');
  expect(
    imageWorkspace({ workspaceDir: '/b/app', appDir: '/b/app/apps/api', appImageDir: '/workspace/apps/api' }),
  ).toBe('/workspace');
});
