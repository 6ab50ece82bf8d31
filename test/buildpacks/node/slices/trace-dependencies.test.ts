import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { traceDependencies } from '../../../../buildpacks/node/slices/trace-dependencies.ts';
import type { ResolvedProcess } from '../../../../buildpacks/node/start/resolve-process.ts';
import { appFolder } from '../app-folder.ts';

function starts(...words: readonly [string, ...string[]]): ResolvedProcess {
  return { type: 'web', default: true, origin: 'package.json:3 (start)', words, env: {}, notes: [], isShell: false };
}

test('traceDependencies() leaves what the program, its preloads and their dependencies load', async () => {
  const dir = appFolder({
    'package.json': {},
    'server.js': "require('a'); require('./lib/local');",
    'lib/local.js': "require('b/sub');",
    'never.js': '',
    'node_modules/a/package.json': { main: 'index.js' },
    'node_modules/a/index.js': "require('./used'); require('c');",
    'node_modules/a/used.js': '',
    'node_modules/a/README.md': 'x'.repeat(1000),
    'node_modules/b/package.json': {},
    'node_modules/b/sub.js': '',
    'node_modules/b/other.js': '',
    'node_modules/c/package.json': { exports: './c.mjs', type: 'module' },
    'node_modules/c/c.mjs': '',
    'node_modules/hook/package.json': { main: 'hook.js' },
    'node_modules/hook/hook.js': '',
    'node_modules/idle/package.json': {},
    'node_modules/idle/index.js': '',
    'node_modules/.bin/idle': '-> ../idle/index.js',
  });
  const { beforeBytes, afterBytes } = await traceDependencies({
    appDir: dir,
    workspaceDir: dir,
    dependencies: [join(dir, 'node_modules')],
    processes: [starts('node', '-r', 'hook', 'server.js')],
  });
  expect(beforeBytes - afterBytes).toBeGreaterThan(1000);
  const there = (path: string): boolean => existsSync(join(dir, path));
  const kept = ['a/index.js', 'a/used.js', 'a/package.json', 'b/sub.js', 'c/c.mjs', 'hook/hook.js'];
  expect(kept.filter((path) => !there(`node_modules/${path}`))).toEqual([]);
  expect(['a/README.md', 'b/other.js', 'idle', '.bin'].filter((path) => there(`node_modules/${path}`))).toEqual([]);
  expect(there('never.js')).toBe(true);
});

test('traceDependencies() refuses what is no file of Node', async () => {
  const dir = appFolder({ 'package.json': {} });
  const trace = traceDependencies({
    appDir: dir,
    workspaceDir: dir,
    dependencies: [],
    processes: [starts('./run.sh')],
  });
  await expect(trace).rejects.toThrow(
    'Cannot trace dependencies: the command of package.json:3 (start) does not start a file',
  );
});
