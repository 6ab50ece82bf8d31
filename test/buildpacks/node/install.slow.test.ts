import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedDirectory } from '../../temporary-directory.ts';
import { MemoryNpmRegistry, packed } from './memory-npm-registry.ts';
import type { NodeBuild, NodeBuildOptions } from './node-build.ts';
import { buildNode, toolchains } from './node-build.ts';
import { repositoryOf, writeFiles } from './project-rig.ts';

const registry = new MemoryNpmRegistry();
/** Node and npm come from where this machine gets them, everything in this scope from here. */
const npmrc = (): string => `@test:registry=${registry.url}`;

/** Leaves behind what it saw. */
const noteScript = `const { writeFileSync } = require('fs');
writeFileSync('ran.json', JSON.stringify({ env: process.env, cwd: process.cwd() }));`;

beforeAll(async () => {
  await registry.start();
  await registry.publish({
    manifest: { name: '@test/plain', version: '1.0.0', main: 'index.js' },
    files: { 'index.js': 'module.exports = 1;' },
  });
  await registry.publish({
    manifest: { name: '@test/plain', version: '1.1.0', main: 'index.js' },
    files: { 'index.js': 'module.exports = 2;' },
  });
  await registry.publish({
    manifest: { name: '@test/scripted', version: '1.0.0', scripts: { postinstall: 'node note.js' } },
    files: { 'note.js': noteScript },
  });
  await registry.publish({
    manifest: { name: '@test/broken', version: '1.0.0', scripts: { install: 'exit 7' } },
  });
  await registry.publish({
    manifest: {
      name: '@test/tool',
      version: '1.0.0',
      bin: { 'test-tool': 'bin/tool.js' },
      dependencies: { '@test/plain': '^1.0.0' },
    },
    files: { 'bin/tool.js': "#!/usr/bin/env node\nconsole.log('tool ran on ' + process.version);\n" },
  });
});

afterAll(() => {
  registry.stop();
  rmSync(toolchains, { recursive: true, force: true });
});

const caches = sharedDirectory('node-caches');
const server = { 'server.js': "require('http').createServer().listen(8080);\n" };

function app(manifest: object): object {
  return {
    name: 'app',
    version: '1.0.0',
    engines: { node: '24.x' },
    scripts: { start: 'node server.js' },
    ...manifest,
  };
}

function build(options: NodeBuildOptions): Promise<NodeBuild> {
  return buildNode({ npmrc: npmrc(), ...options });
}

/** The lockfile that npm writes for a package.json. */
async function lockfileOf(manifest: object, version: number): Promise<string> {
  const dir = writeFiles({ 'package.json': manifest, '.npmrc': npmrc() });
  const args = [
    'install',
    '--package-lock-only',
    '--ignore-scripts',
    `--lockfile-version=${version}`,
    '--no-audit',
    '--no-fund',
  ];
  // Not with execFileSync: the registry is in this process.
  await promisify(execFile)('npm', args, { cwd: dir, timeout: 60_000 });
  return readFileSync(join(dir, 'package-lock.json'), 'utf8');
}

describe('npm installs', () => {
  test.each([1, 2, 3])('from a lockfile of version %s, what is in it', async (version) => {
    const manifest = app({ dependencies: { '@test/plain': '1.0.0' } });
    const lock = (await lockfileOf(manifest, version)).replaceAll('"@test/plain": "1.0.0"', '"@test/plain": "^1.0.0"');
    const files = {
      'package.json': app({ dependencies: { '@test/plain': '^1.0.0' } }),
      'package-lock.json': lock,
      ...server,
    };
    const { read, started } = await build({ files });
    expect(JSON.parse(read('node_modules/@test/plain/package.json'))).toMatchObject({ version: '1.0.0' });
    expect(started.some(({ argv }) => argv.includes('ci'))).toBe(true);
  });

  test('from npm-shrinkwrap.json before package-lock.json', async () => {
    const manifest = app({ dependencies: { '@test/plain': '^1.0.0' } });
    const shrinkwrap = (await lockfileOf(app({ dependencies: { '@test/plain': '1.0.0' } }), 3)).replaceAll(
      '"@test/plain": "1.0.0"',
      '"@test/plain": "^1.0.0"',
    );
    const files = {
      'package.json': manifest,
      'package-lock.json': await lockfileOf(manifest, 3),
      'npm-shrinkwrap.json': shrinkwrap,
      ...server,
    };
    const { read } = await build({ files });
    expect(JSON.parse(read('node_modules/@test/plain/package.json'))).toMatchObject({ version: '1.0.0' });
  });

  test('without a lockfile too, and says so', async () => {
    const { read, output } = await build({
      files: { 'package.json': app({ dependencies: { '@test/plain': '^1.0.0' } }), ...server },
    });
    expect(JSON.parse(read('node_modules/@test/plain/package.json'))).toMatchObject({ version: '1.1.0' });
    expect(output).toContain('There is no lockfile beside package.json');
  });

  test('not when package.json and lockfile are out of step', async () => {
    const lock = await lockfileOf(app({ dependencies: { '@test/plain': '1.0.0' } }), 3);
    const files = {
      'package.json': app({ dependencies: { '@test/plain': '1.1.0' } }),
      'package-lock.json': lock,
      ...server,
    };
    await expect(build({ files })).rejects.toThrow('package.json and package-lock.json are out of step');
  });

  test('archives and folders that a file: names, and repositories of git', async () => {
    const repository = repositoryOf({
      'package.json': { name: 'from-git', version: '1.0.0' },
      'index.js': 'module.exports = 3;',
    });
    const archive = await packed({
      manifest: { name: 'from-archive', version: '1.0.0' },
      files: { 'index.js': 'module.exports = 4;' },
    });
    const files = {
      'package.json': app({
        dependencies: {
          'from-archive': 'file:vendor/from-archive.tgz',
          'from-folder': 'file:lib/folder',
          'from-git': `git+file://${repository}`,
        },
      }),
      'vendor/from-archive.tgz': archive,
      'lib/folder/package.json': { name: 'from-folder', version: '1.0.0', dependencies: { '@test/plain': '1.0.0' } },
      'lib/folder/index.js': "module.exports = require('@test/plain');",
      ...server,
    };
    const { at, context } = await build({ files });
    const load = "console.log(['from-archive', 'from-folder', 'from-git'].map((name) => require(name)).join())";
    expect(execFileSync(process.execPath, ['-e', load], { cwd: context.appDir, encoding: 'utf8' })).toBe('4,1,3\n');
    expect(realpathSync(at('node_modules/from-folder'))).toBe(at('lib/folder'));
  });
});

test('a repository of git whose package has to build itself is refused, with the ways out', async () => {
  const manifest = { name: 'unbuilt', version: '1.0.0', main: 'dist/index.js', scripts: { prepare: 'node make.js' } };
  const repository = repositoryOf({ 'package.json': manifest, 'make.js': '' });
  const files = { 'package.json': app({ dependencies: { unbuilt: `git+file://${repository}` } }), ...server };
  await expect(build({ files })).rejects.toThrow('Cannot install unbuilt from git');
});

describe('scripts of dependencies', () => {
  test('run without credentials, settings of the machine and variables that are not for them', async () => {
    const files = {
      'package.json': app({ dependencies: { '@test/scripted': '1.0.0' } }),
      '.npmrc': `//${registry.host}/:_authToken=\${MY_TOKEN}\n`,
      ...server,
    };
    const { read, started } = await build({
      files,
      npmrc: `${npmrc()}\nnodedir=/usr\nprefix=/nowhere`,
      hostEnv: { MY_TOKEN: 'geheim' },
      env: { MY_TOKEN: 'geheim', CANARY_SKIP_DOWNLOAD: '1', COLOUR: 'blue' },
    });
    const { env } = JSON.parse(read('node_modules/@test/scripted/ran.json')) as { env: Record<string, string> };
    expect(Object.values(env).filter((value) => value.includes('geheim'))).toEqual([]);
    expect(env).toMatchObject({
      CANARY_SKIP_DOWNLOAD: '1',
      npm_config_nodedir: expect.stringContaining('node-24.') as string,
    });
    expect(env['COLOUR']).toBeUndefined();
    expect(registry.requests.some(({ authorization }) => authorization === 'Bearer geheim')).toBe(true);
    // What held the token is gone before anything of a package runs.
    expect(started.filter(({ argv }) => argv.includes('rebuild')).map(({ home }) => home)).toEqual([{}]);
  });

  test('that fail end the build, unless the dependency is optional', async () => {
    const optional = {
      'package.json': app({
        optionalDependencies: { '@test/broken': '1.0.0' },
        dependencies: { '@test/plain': '1.0.0' },
      }),
      ...server,
    };
    const { has, output } = await build({ files: optional });
    expect(has('node_modules/@test/broken')).toBe(false);
    expect(has('node_modules/@test/plain')).toBe(true);
    expect(output).toContain('@test/broken is left out');
    await expect(
      build({ files: { 'package.json': app({ dependencies: { '@test/broken': '1.0.0' } }), ...server } }),
    ).rejects.toThrow('Cannot install @test/broken: its install script failed');
  });
});

describe('our own install scripts', () => {
  const own = app({
    dependencies: { '@test/plain': '1.0.0' },
    devDependencies: { '@test/tool': '1.0.0' },
    scripts: { start: 'node server.js', postinstall: 'test-tool && node generate.js' },
  });
  const generate = `const fs = require('fs');
fs.mkdirSync('node_modules/.generated', { recursive: true });
fs.writeFileSync('node_modules/.generated/client.js', fs.readFileSync('schema.txt'));
fs.appendFileSync('node_modules/@test/plain/index.js', fs.readFileSync('plain.patch'));
fs.writeFileSync('saw.json', JSON.stringify(process.env));
`;
  const files = {
    'package.json': own,
    'generate.js': generate,
    'schema.txt': 'one',
    'plain.patch': '//one',
    ...server,
  };

  test('run on a copy of the tree in every build: a changed schema or patch counts, and fetches nothing', async () => {
    const first = await build({ files, caches, env: { COLOUR: 'blue', NODE_ENV: 'production' } });
    expect(first.read('node_modules/.generated/client.js')).toBe('one');
    expect(first.output).toContain('tool ran on v24.');
    const env = JSON.parse(first.read('saw.json')) as Record<string, string>;
    expect(env['COLOUR']).toBe('blue');
    expect(env['NODE_ENV'] ?? '').toBe('');

    const before = registry.requests.length;
    const second = await build({ files: { ...files, 'schema.txt': 'two', 'plain.patch': '//two' }, caches });
    expect(second.output).toContain('Dependencies are those of the last build');
    expect(second.read('node_modules/.generated/client.js')).toBe('two');
    expect(second.read('node_modules/@test/plain/index.js')).toBe('module.exports = 1;//two');
    expect(
      second.started.filter(({ argv }) => argv.includes('ci') || argv.includes('install') || argv.includes('rebuild')),
    ).toEqual([]);
    expect(registry.requests.length).toBe(before);
    // Only development needs it.
    expect(second.has('node_modules/@test/tool')).toBe(false);
  });

  test('of workspaces run first, and their programs are there for the root', async () => {
    const workspace = {
      'package.json': app({
        workspaces: ['packages/*'],
        dependencies: { helper: '1.0.0' },
        scripts: { start: 'node server.js', prepare: 'helper' },
      }),
      'packages/helper/package.json': {
        name: 'helper',
        version: '1.0.0',
        bin: 'dist/cli.js',
        scripts: { prepare: 'node make.js' },
      },
      'packages/helper/make.js': `const fs = require('fs');
fs.mkdirSync('dist', { recursive: true });
fs.writeFileSync('dist/cli.js', "#!/usr/bin/env node\\nrequire('fs').writeFileSync('made-by-helper', '');");`,
      ...server,
    };
    const { has } = await build({ files: workspace });
    expect(has('made-by-helper')).toBe(true);
  });

  test('that fail end the build, with the script', async () => {
    const failing = { 'package.json': app({ scripts: { start: 'node server.js', postinstall: 'exit 3' } }), ...server };
    await expect(build({ files: failing })).rejects.toThrow(
      '"postinstall": "exit 3" of package.json ended with status 3',
    );
  });
});

test('an add-on is compiled against the headers of the requested Node, without asking for any', async () => {
  await registry.publish({
    manifest: {
      name: '@test/native',
      version: '1.0.0',
      main: 'index.js',
      gypfile: true,
      scripts: { install: 'node-gyp rebuild' },
    },
    files: {
      'binding.gyp': "{ 'targets': [{ 'target_name': 'addon', 'sources': ['addon.c'] }] }",
      'addon.c': `#include <node_api.h>
static napi_value Init(napi_env env, napi_value exports) {
  napi_value version;
  napi_create_int32(env, NODE_API_SUPPORTED_VERSION_MAX_OR_7, &version);
  napi_set_named_property(env, exports, "answer", version);
  return exports;
}
NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
`.replace('NODE_API_SUPPORTED_VERSION_MAX_OR_7', '42'),
      'index.js': "module.exports = require('./build/Release/addon.node').answer;",
    },
  });
  const files = { 'package.json': app({ dependencies: { '@test/native': '1.0.0' } }), ...server };
  const { context, output } = await build({ files });
  const node = readdirSync(toolchains).find((name) => name.startsWith('node-24.')) ?? '';
  const answer = execFileSync(join(toolchains, node, 'bin', 'node'), ['-p', "require('@test/native')"], {
    cwd: context.appDir,
    encoding: 'utf8',
  });
  expect(answer).toBe('42\n');
  expect(output).not.toMatch(/gyp http/);
  // Nothing but what it made stays of its build.
  const made = join(context.appDir, 'node_modules/@test/native/build');
  expect(readdirSync(made)).toEqual(['Release']);
  expect(readdirSync(join(made, 'Release'))).toEqual(['addon.node']);
  expect(existsSync(join(context.homeDir, '.cache', 'node-gyp'))).toBe(false);
});
