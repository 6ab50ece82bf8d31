import { expect, test } from 'vitest';
import { findOutput } from '../../../../buildpacks/node/frameworks/find-output.ts';
import { processesOf } from '../../../../buildpacks/node/start/detect-start.ts';
import type { ResolvedProcess } from '../../../../buildpacks/node/start/resolve-process.ts';
import { resolveProcess } from '../../../../buildpacks/node/start/resolve-process.ts';
import { productionPackages } from '../../../../buildpacks/node/workspaces/production-packages.ts';
import type { AppFiles } from '../app-folder.ts';
import { appFolder, projectIn } from '../app-folder.ts';

/** The first process of an application that is installed and built. */
function resolved(files: AppFiles, appPath = '.'): ResolvedProcess {
  const dir = appFolder(files);
  const { appDir, rootDir, ...project } = projectIn(dir, appPath);
  const [process] = processesOf({ appDir, rootDir, ...project }, {});
  const { installed } = productionPackages(appDir, rootDir);
  return resolveProcess(process!, { appDir, rootDir, installed, output: findOutput(appDir) });
}

const pkg = (start: string | undefined, more: object = {}): AppFiles => ({
  'package.json': { name: 'shop', scripts: { ...(start !== undefined && { start }), build: 'x' }, ...more },
});

const next = {
  'node_modules/next/package.json': { name: 'next', bin: { next: 'dist/bin/next' } },
  'node_modules/next/dist/bin/next': '#!/usr/bin/env node\n',
  'node_modules/.bin/next': '-> ../next/dist/bin/next',
};

test('resolveProcess() starts the script of a package with node', () => {
  const files = { ...pkg('next start -p 80', { dependencies: { next: '*' } }), ...next };
  expect(resolved(files).words).toEqual(['node', 'node_modules/next/dist/bin/next', 'start', '-p', '80']);
});

test('resolveProcess() finds programs above a member of workspaces', () => {
  const files = {
    'package.json': { workspaces: ['apps/*'] },
    'apps/api/package.json': { name: 'api', scripts: { start: './node_modules/.bin/local && x' } },
    'apps/web/package.json': { name: 'web', scripts: { start: 'next start' }, dependencies: { next: '*' } },
    ...next,
  };
  expect(resolved(files, 'apps/web').words).toEqual(['node', '../../node_modules/next/dist/bin/next', 'start']);
});

test('resolveProcess() keeps the flags of a first line, and starts what is no script of Node by itself', () => {
  const bin = (line: string): AppFiles => ({
    ...pkg('tool x', { dependencies: { tool: '*' } }),
    'node_modules/tool/package.json': { name: 'tool' },
    'node_modules/tool/run': line,
    'node_modules/.bin/tool': '-> ../tool/run',
  });
  const file = 'node_modules/tool/run';
  expect(resolved(bin('#!/usr/bin/env -S node --no-warnings\n')).words).toEqual(['node', '--no-warnings', file, 'x']);
  expect(resolved(bin('#!/usr/bin/node\r\n')).words).toEqual(['node', file, 'x']);
  expect(resolved(bin('#!/bin/sh\n')).words).toEqual([file, 'x']);
  expect(resolved(bin('\u007fELF')).words).toEqual([file, 'x']);
});

test('resolveProcess() refuses the program of a package that only development brings', () => {
  const files = {
    ...pkg('tool x', { devDependencies: { holder: '*' } }),
    'node_modules/tool/package.json': { name: '@acme/tool' },
    'node_modules/tool/run.js': '',
    'node_modules/.bin/tool': '-> ../tool/run.js',
  };
  expect(() => resolved(files)).toThrow(
    'the command of package.json:4 (start) runs "tool", which comes with @acme/tool, a development dependency',
  );
  const shell = { ...files, ...pkg('tool x && node y.js', { devDependencies: { holder: '*' } }), 'y.js': '' };
  expect(() => resolved(shell)).toThrow('runs "tool", which comes with @acme/tool, a development dependency');
});

test('resolveProcess() refuses what is not there after the build', () => {
  expect(() => resolved(pkg('node dist/main'))).toThrow('runs "dist/main", which is not there after the build');
  expect(resolved({ ...pkg('node --import ./tracing.js dist/main'), 'dist/main.js': '' }).words).toContain('dist/main');
  expect(resolved(pkg('node -e "require(1)"')).words).toEqual(['node', '-e', 'require(1)']);
  expect(() => resolved(pkg('./run.sh'))).toThrow('runs "./run.sh", which is not there');
  expect(() => resolved(pkg('java -jar x.jar'))).toThrow('runs "java", which no dependency brings');
});

test('resolveProcess() takes the standalone server of Next.js with the address of the script', () => {
  const files = {
    ...pkg('next start -p 8080', { dependencies: { next: '*' } }),
    ...next,
    '.next/standalone/server.js': '',
    '.next/standalone/.next/BUILD_ID': '1',
  };
  expect(resolved(files)).toMatchObject({
    words: ['node', '.next/standalone/server.js'],
    env: { HOSTNAME: '0.0.0.0', PORT: '8080' },
    output: { contains: '.next/standalone' },
  });
});

test('resolveProcess() finds a standalone server below the path of a monorepo', () => {
  const files = {
    ...pkg('next start', { dependencies: { next: '*' } }),
    '.next/standalone/apps/web/server.js': '',
    '.next/standalone/apps/web/.next/BUILD_ID': '1',
  };
  expect(resolved(files).words).toEqual(['node', '.next/standalone/apps/web/server.js']);
});

test.each([
  { name: 'nuxt', file: '.output/server/index.mjs', words: ['node', '.output/server/index.mjs'] },
  {
    name: '@astrojs/node',
    more: { astro: '*' },
    file: 'dist/server/entry.mjs',
    words: ['node', './dist/server/entry.mjs'],
  },
])('resolveProcess() takes the server that $name leaves', ({ name, more, file, words }) => {
  expect(resolved({ ...pkg(undefined, { dependencies: { [name]: '*', ...more } }), [file]: '' }).words).toEqual(words);
});

test('resolveProcess() refuses a framework whose build left no server', () => {
  expect(() => resolved(pkg(undefined, { dependencies: { nuxt: '*' } }))).toThrow(
    'Cannot find the server of Nuxt: its build left none',
  );
});

test('resolveProcess() knows a framework server that a script starts', () => {
  const files = {
    ...pkg('node ./dist/server/entry.mjs', { dependencies: { astro: '*' } }),
    'dist/server/entry.mjs': '',
  };
  expect(resolved(files)).toMatchObject({ env: { HOST: '0.0.0.0' }, output: { name: 'Astro' } });
});

test('resolveProcess() gives a script to the shell', () => {
  const files = { ...pkg('node a.js && node b.js') };
  expect(resolved(files)).toMatchObject({ words: ['/bin/sh', '-c', 'node a.js && exec node b.js'], isShell: true });
});
