import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { productionPackages } from '../../../../buildpacks/node/workspaces/production-packages.ts';
import { prunePackages } from '../../../../buildpacks/node/workspaces/prune-packages.ts';
import { appFolder } from '../app-folder.ts';

function names(dir: string, paths: ReadonlySet<string>): readonly string[] {
  return [...paths].map((path) => relative(dir, path)).toSorted();
}

const plain = {
  'package.json': {
    dependencies: { express: '*', '@acme/ui': '*', missing: '*' },
    optionalDependencies: { fsevents: '*', sharp: '*' },
    devDependencies: { typescript: '*', vite: '*' },
  },
  'node_modules/express/package.json': { dependencies: { debug: '2' } },
  'node_modules/express/node_modules/debug/package.json': { dependencies: { ms: '*' } },
  'node_modules/debug/package.json': { dependencies: { supports: '*' } },
  'node_modules/ms/package.json': {},
  'node_modules/supports/package.json': {},
  'node_modules/@acme/ui/package.json': {
    peerDependencies: { react: '*', svelte: '*' },
    peerDependenciesMeta: { svelte: { optional: true } },
  },
  'node_modules/@acme/dev/package.json': {},
  'node_modules/react/package.json': {},
  'node_modules/svelte/package.json': {},
  'node_modules/sharp/package.json': { bundleDependencies: ['inner'] },
  'node_modules/sharp/node_modules/inner/package.json': {},
  'node_modules/typescript/package.json': { bin: 'tsc.js' },
  'node_modules/typescript/tsc.js': '',
  'node_modules/vite/package.json': { dependencies: { esbuild: '*' } },
  'node_modules/esbuild/package.json': {},
  'node_modules/.bin/tsc': '-> ../typescript/tsc.js',
  'node_modules/.prisma/client/index.js': 'generated',
  'node_modules/.cache/babel': 'x',
  'node_modules/.package-lock.json': {},
};

const kept = [
  'node_modules/@acme/ui',
  'node_modules/express',
  'node_modules/express/node_modules/debug',
  'node_modules/ms',
  'node_modules/react',
  'node_modules/sharp',
  'node_modules/sharp/node_modules/inner',
];

describe('productionPackages()', () => {
  test('follows dependencies, optional ones, peers and bundled ones, as Node looks them up', () => {
    const dir = appFolder(plain);
    const { installed, members } = productionPackages(dir, dir);
    expect(names(dir, installed)).toEqual(kept);
    expect(members.size).toBe(0);
  });

  test('finds the members of workspaces, and what they depend on above them', () => {
    const dir = appFolder({
      'package.json': { workspaces: ['apps/*', 'packages/*'], devDependencies: { typescript: '*' } },
      'apps/api/package.json': { name: 'api', dependencies: { lib: '*', express: '5' } },
      'apps/api/node_modules/express/package.json': {},
      'apps/web/package.json': { name: 'web', dependencies: { next: '*' } },
      'packages/lib/package.json': { name: 'lib', dependencies: { zod: '*' }, devDependencies: { lint: '*' } },
      'packages/lib/node_modules/zod/package.json': {},
      'packages/lint/package.json': { name: 'lint' },
      'node_modules/lib': '-> ../packages/lib',
      'node_modules/lint': '-> ../packages/lint',
      'node_modules/web': '-> ../apps/web',
      'node_modules/api': '-> ../apps/api',
      'node_modules/express/package.json': {},
      'node_modules/next/package.json': {},
      'node_modules/typescript/package.json': {},
    });
    const { installed, members } = productionPackages(join(dir, 'apps/api'), dir);
    expect(names(dir, installed)).toEqual(['apps/api/node_modules/express', 'packages/lib/node_modules/zod']);
    expect(names(dir, members)).toEqual(['packages/lib']);
  });
});

describe('prunePackages()', () => {
  test('leaves what is kept, generated code, and no link that leads nowhere', () => {
    const dir = appFolder(plain);
    const modules = join(dir, 'node_modules');
    expect(prunePackages(modules, productionPackages(dir, dir).installed).removed).toBe(7);
    expect(readdirSync(modules).toSorted()).toEqual(['.prisma', '@acme', 'express', 'ms', 'react', 'sharp']);
    expect(readdirSync(join(modules, '@acme'))).toEqual(['ui']);
    expect(existsSync(join(modules, 'sharp/node_modules/inner'))).toBe(true);
  });

  test('takes away what is below a package and needed by nobody', () => {
    const dir = appFolder({
      'node_modules/a/package.json': {},
      'node_modules/a/node_modules/b/package.json': {},
      'node_modules/a/node_modules/@s/c/package.json': {},
    });
    const modules = join(dir, 'node_modules');
    expect(prunePackages(modules, new Set([join(modules, 'a')])).removed).toBe(2);
    expect(readdirSync(join(modules, 'a'))).toEqual(['package.json']);
  });

  test('removes a node_modules of which nothing stays', () => {
    const dir = appFolder({ 'node_modules/a/package.json': {}, 'node_modules/.bin/a': '-> ../a/a.js' });
    prunePackages(join(dir, 'node_modules'), new Set());
    expect(readdirSync(dir)).toEqual([]);
  });
});
