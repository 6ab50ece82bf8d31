import { describe, expect, test } from 'vitest';
import { readNodeWish } from '../../../buildpacks/node/node-wish.ts';
import { readNpmWish } from '../../../buildpacks/node/npm-wish.ts';
import { TsbuildpackError } from '../../../src/errors.ts';
import type { Files } from './project-rig.ts';
import { projectIn } from './project-rig.ts';

const everything: Files = {
  '.nvmrc': '# the team agreed\nlts/jod\n',
  '.node-version': '24.2.0\n',
  '.tool-versions': 'golang 1.25.0\nnodejs 24.3.0 22.0.0\n',
  'package.json': {
    name: 'app',
    volta: { node: '24.4.0' },
    devEngines: { runtime: [{ name: 'bun' }, { name: 'node', version: '24.5.0' }] },
    engines: { node: '24.6.0' },
  },
};

function without(files: Files, ...names: readonly string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
}

function manifestWithout(...fields: readonly string[]): Files {
  const { 'package.json': manifest } = everything;
  return {
    'package.json': Object.fromEntries(Object.entries(manifest ?? {}).filter(([name]) => !fields.includes(name))),
  };
}

describe('readNodeWish() takes, in this order,', () => {
  test.each([
    ['BP_NODE_VERSION', everything, '24.1.0', 'BP_NODE_VERSION', '24.1.0'],
    ['.nvmrc', everything, undefined, '.nvmrc:2', 'lts/jod'],
    ['.node-version', without(everything, '.nvmrc'), undefined, '.node-version:1', '24.2.0'],
    ['.tool-versions', without(everything, '.nvmrc', '.node-version'), undefined, '.tool-versions:2', '24.3.0'],
    ['volta', manifestWithout(), undefined, 'package.json:4 (volta)', '24.4.0'],
    ['devEngines', manifestWithout('volta'), undefined, 'package.json:10 (devEngines)', '24.5.0'],
    ['engines', manifestWithout('volta', 'devEngines'), undefined, 'package.json:4 (engines)', '24.6.0'],
    [
      'the newest with long-term support',
      { 'package.json': {} },
      undefined,
      'nothing names a version: the newest with long-term support',
      '26.x',
    ],
  ] as const)('%s', (...[, files, setting, where, text]) => {
    expect(readNodeWish({ project: projectIn(files), setting })).toMatchObject({ where, text });
  });

  test('the file of the application before that of the root of its workspaces', () => {
    const files = {
      'package.json': { workspaces: ['apps/*'] },
      '.nvmrc': '22',
      'apps/api/package.json': { name: 'api' },
      'apps/api/.nvmrc': '24',
    };
    expect(readNodeWish({ project: projectIn(files, 'apps/api'), setting: undefined }).where).toBe('apps/api/.nvmrc:1');
    const { 'apps/api/.nvmrc': _own, ...rest } = files;
    expect(readNodeWish({ project: projectIn(rest, 'apps/api'), setting: undefined }).where).toBe('.nvmrc:1');
  });

  test('project.toml for a variable that stands there', () => {
    const files = {
      'package.json': {},
      'project.toml':
        '[_]\nschema-version = "0.2"\n[[io.buildpacks.build.env]]\nname = "BP_NODE_VERSION"\nvalue = "24"\n',
    };
    expect(readNodeWish({ project: projectIn(files), setting: '24' }).where).toBe('project.toml:4 (BP_NODE_VERSION)');
  });

  test('nothing from .tool-versions that leaves it to the system', () => {
    const files = { 'package.json': { engines: { node: '22' } }, '.tool-versions': 'nodejs system\n' };
    expect(readNodeWish({ project: projectIn(files), setting: undefined }).text).toBe('22');
  });
});

test('readNodeWish() refuses what is no version, and says where it stands', () => {
  const project = projectIn({ 'package.json': {}, '.nvmrc': 'the-good-one' });
  expect(() => readNodeWish({ project, setting: undefined })).toThrow(TsbuildpackError);
  expect(() => readNodeWish({ project, setting: undefined })).toThrow('"the-good-one" of .nvmrc:1');
});

describe('readNpmWish()', () => {
  test.each([
    [
      'packageManager',
      { packageManager: 'npm@11.6.2+sha512.abcd', engines: { npm: '10' } },
      { text: '11.6.2', hash: 'sha512.abcd' },
    ],
    [
      'devEngines',
      { devEngines: { packageManager: { name: 'npm', version: '^11.1' } }, engines: { npm: '10' } },
      { text: '^11.1' },
    ],
    ['engines', { engines: { npm: '>=9' } }, { text: '>=9', preferred: 10 }],
    ['the one of this Node', {}, { text: '10.x', where: 'Node 22.1.0' }],
  ])('takes %s', (_what, manifest, expected) => {
    expect(readNpmWish(projectIn({ 'package.json': manifest }), '22.1.0')).toMatchObject(expected);
  });
});
