import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NpmSettings } from '../../../buildpacks/node/npm-settings.ts';
import { readNpmSettings } from '../../../buildpacks/node/npm-settings.ts';
import { writeFiles } from './project-rig.ts';

interface Where {
  readonly project?: string;
  /** Only in the folder that the workspace was copied from. */
  readonly hidden?: string;
  readonly user?: string;
  readonly machine?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

function settings({ project, hidden, user, machine, env = {}, secrets = {} }: Where): NpmSettings {
  const root = writeFiles({
    ...(project !== undefined && { 'workspace/.npmrc': project }),
    ...(hidden !== undefined && { 'source/.npmrc': hidden }),
    ...(user !== undefined && { 'home/.npmrc': user }),
    ...(machine !== undefined && { 'usr/etc/npmrc': machine }),
    'usr/bin/node': '',
    'usr/lib/node_modules/npm/bin/npm-cli.js': '',
    'usr/lib/node_modules/npm/node_modules/@npmcli/config/lib/definitions/definitions.js':
      "registry: new Definition('registry', {\n    default: 'https://npm.default.example/',",
  });
  mkdirSync(join(root, 'workspace'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
  const workspaceDir = join(root, 'workspace');
  return readNpmSettings(
    {
      hostEnv: { HOME: join(root, 'home'), PATH: join(root, 'usr/bin'), ...env },
      hostVariable: (name) => secrets[name],
      sourceDir: join(root, 'source'),
      workspaceDir,
    },
    { rootDir: workspaceDir },
  );
}

test.each([
  [
    'the environment',
    { env: { npm_config_registry: 'https://env.example' }, project: 'registry=https://project.example' },
    'https://env.example/',
  ],
  [
    'the project',
    { project: 'registry=https://project.example', user: 'registry=https://user.example' },
    'https://project.example/',
  ],
  [
    'the user',
    { user: 'registry=https://user.example', machine: 'registry=https://machine.example' },
    'https://user.example/',
  ],
  ['the machine', { machine: 'registry=https://machine.example' }, 'https://machine.example/'],
  ['what npm has for a default', {}, 'https://npm.default.example/'],
])('readNpmSettings() takes the registry from %s', (_what, where, expected) => {
  expect(settings(where).registry?.url).toBe(expected);
});

test('readNpmSettings() fills in variables, and says which ones hold credentials', () => {
  const found = settings({ project: '//npm.example/:_authToken=${MY_TOKEN}', secrets: { MY_TOKEN: 'geheim' } });
  expect(found.credentials).toEqual([{ key: '//npm.example/:_authToken', value: 'geheim' }]);
  expect(found.secretVariables).toEqual(['MY_TOKEN']);
});

test('readNpmSettings() reads a file of the project that is kept out of the workspace', () => {
  const found = settings({ hidden: '//npm.example/:_authToken=geheim\n@acme:registry=https://npm.example' });
  expect(found.credentials).toHaveLength(1);
  expect([...found.scopes]).toEqual([['@acme', 'https://npm.example/']]);
});

test('readNpmSettings() takes behaviour from the project alone, and nothing about a machine', () => {
  const found = settings({
    project:
      'legacy-peer-deps=true\nnodedir=/opt/node\nprefix=/opt\ncache=/tmp/x\nsharp_binary_host=https://files.example',
    user: 'nodedir=/usr\nignore-scripts=true\nomit=dev\nproxy=http://proxy.example:3128',
  });
  expect(found.behaviour).toEqual([
    { key: 'legacy-peer-deps', value: 'true' },
    { key: 'sharp_binary_host', value: 'https://files.example' },
  ]);
  expect(found.network).toEqual([{ key: 'proxy', value: 'http://proxy.example:3128' }]);
});

test('readNpmSettings() finds certificates beside the file that names them', () => {
  const [cafile] = settings({ user: 'cafile=certs/ca.pem' }).network;
  expect(cafile?.value).toMatch(/\/home\/certs\/ca\.pem$/);
});
