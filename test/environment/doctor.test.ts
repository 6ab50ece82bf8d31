import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { IsolationReport } from '../../src/environment/describe-isolation.ts';
import { maskCredentials } from '../../src/environment/diagnose-network.ts';
import type { DoctorDeps } from '../../src/environment/doctor.ts';
import { diagnose } from '../../src/environment/doctor.ts';
import type { Finding } from '../../src/environment/finding.ts';
import type { RuntimeAttempt } from '../../src/environment/oci-runtime.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryDirectory('tsbuildpack-doctor');
});

function put(path: string, text: string, mode = 0o644): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  return file;
}

const isolated: IsolationReport = {
  isolation: 'real',
  mechanism: 'bubblewrap',
  hides: true,
  attempts: [{ mechanism: 'bubblewrap', works: true }],
};

async function findings(deps: Partial<DoctorDeps> = {}): Promise<readonly Finding[]> {
  return diagnose({
    store: join(folder, 'store'),
    env: {},
    home: join(folder, 'home'),
    root: folder,
    nodeVersion: '20.19.0',
    isolation: async () => isolated,
    runtimes: async () => [{ name: 'runc', works: true }],
    ...deps,
  });
}

async function finding(id: string, deps: Partial<DoctorDeps> = {}): Promise<Finding | undefined> {
  return (await findings(deps)).find((entry) => entry.id === id);
}

test('diagnose() has one finding for every subject, each with its consequence', async () => {
  const all = await findings();
  expect(all.map(({ id }) => id)).toEqual(['node', 'store', 'isolation', 'runtime', 'go', 'npm', 'apt', 'proxy', 'ca']);
  for (const { finding: text, consequence } of all) expect(text.length * consequence.length).toBeGreaterThan(0);
});

test.each([
  { version: '20.18.3', status: 'problem' },
  { version: '20.19.0', status: 'ok' },
  { version: '24.1.0', status: 'ok' },
])('diagnose() judges Node.js $version', async ({ version, status }) => {
  expect(await finding('node', { nodeVersion: version })).toMatchObject({ status, finding: `Node.js ${version}` });
});

test('diagnose() says when the store cannot be where it is', async () => {
  expect(await finding('store')).toMatchObject({
    finding: expect.stringMatching(/^The store is .+\/store, with [\d.]+ GiB free$/) as string,
  });
  const file = put('file', '');
  expect(await finding('store', { store: join(file, 'store') })).toMatchObject({
    status: 'problem',
    remedy: expect.stringContaining('--store') as string,
  });
});

describe('diagnose() tells of builds in an image', () => {
  test('by what they are isolated, and whether system calls are filtered', async () => {
    const image = { mechanism: 'bubblewrap', filters: true, attempts: [{ mechanism: 'bubblewrap', works: true }] };
    const report = { ...isolated, image };
    expect(await finding('build-image', { isolation: async () => report })).toEqual({
      id: 'build-image',
      status: 'ok',
      finding: 'Builds in a build image are isolated by bubblewrap',
      consequence: '--isolation image and --builder work, with system calls filtered',
    });
    const unfiltered = { ...isolated, image: { ...image, mechanism: 'unshare', filters: false } };
    expect(await finding('build-image', { isolation: async () => unfiltered })).toMatchObject({
      finding: 'Builds in a build image are isolated by unshare',
      consequence: expect.stringContaining('not filtered') as string,
    });
  });

  test('why they cannot be had, and what would help', async () => {
    const attempts = [
      { mechanism: 'bubblewrap', works: false, reason: '"bwrap" is not installed', remedy: 'Install it' },
    ];
    const report = { ...isolated, image: { filters: false, attempts } };
    expect(await finding('build-image', { isolation: async () => report })).toMatchObject({
      status: 'note',
      finding: 'Builds cannot run in a build image (bubblewrap: "bwrap" is not installed)',
      remedy: 'Install it',
    });
  });
});

describe('diagnose() tells of isolation', () => {
  test('that works', async () => {
    expect(await finding('isolation')).toMatchObject({ status: 'ok', finding: 'Builds are isolated by bubblewrap' });
  });

  test('that does not, why, and what helps', async () => {
    const attempts = [
      { mechanism: 'bubblewrap', works: false, reason: 'AppArmor forbids it', remedy: 'Load a profile' },
    ];
    const report: IsolationReport = { isolation: 'mapped', mechanism: 'mapped directory', hides: false, attempts };
    expect(await finding('isolation', { isolation: async () => report })).toEqual({
      id: 'isolation',
      status: 'note',
      finding: 'Builds are not isolated, they run in a mapped directory (bubblewrap: AppArmor forbids it)',
      consequence:
        'Built-in buildpacks work as ever; one that is not built in runs only if it says that it can be relocated',
      remedy: 'Load a profile',
    });
  });
});

test.each<{ what: string; attempts: readonly RuntimeAttempt[]; expected: Partial<Finding> }>([
  {
    what: 'one that works after one that does not',
    attempts: [
      { name: 'runc', works: false, reason: 'no cgroups' },
      { name: 'crun', works: true },
    ],
    expected: { status: 'ok', finding: 'crun starts containers (runc: no cgroups)' },
  },
  { what: 'none', attempts: [], expected: { status: 'note', remedy: 'Install runc or crun' } },
  {
    what: 'none that works',
    attempts: [{ name: 'runc', works: false, reason: 'no cgroups' }],
    expected: { status: 'note', finding: 'No OCI runtime works (runc: no cgroups)' },
  },
])('diagnose() tells of OCI runtimes: $what', async ({ attempts, expected }) => {
  expect(await finding('runtime', { runtimes: async () => attempts })).toMatchObject(expected);
});

describe('diagnose() tells of Go', () => {
  test.each([
    { what: 'nothing set', env: {}, file: '', expected: "GOPROXY is not set, go's own default holds" },
    {
      what: 'the environment',
      env: { GOPROXY: 'https://jo:pw@proxy.example/x' },
      file: 'GOPROXY=off\n',
      expected: 'GOPROXY is set in the environment',
    },
    {
      what: "go's file",
      env: {},
      file: 'GOFLAGS=-x\nGOPROXY=https://jo:pw@proxy.example\n',
      expected: 'GOPROXY is set in HOME/.config/go/env',
    },
    { what: 'off', env: { GOPROXY: 'off' }, file: '', expected: 'GOPROXY is off in the environment' },
    {
      what: 'a file that is switched off',
      env: { GOENV: 'off' },
      file: 'GOPROXY=off\n',
      expected: "GOPROXY is not set, go's own default holds",
    },
  ])('proxy settings: $what', async ({ env, file, expected }) => {
    put('home/.config/go/env', file);
    const found = await finding('go', { env });
    expect(found?.finding.replace(join(folder, 'home'), 'HOME')).toBe(`There is no go on PATH; ${expected}`);
    expect(JSON.stringify(found)).not.toMatch(/example|pw/);
  });

  test('the go on PATH', async () => {
    const bin = dirname(put('bin/go', '#!/bin/sh\necho go version go1.99.0 linux/amd64\n', 0o755));
    const found = await finding('go', { env: { PATH: `${bin}:/usr/bin:/bin` } });
    expect(found).toMatchObject({
      status: 'ok',
      finding: expect.stringContaining(`go1.99.0 linux/amd64 at ${bin}/go; `) as string,
    });
  });
});

describe('diagnose() names the host of the npm registry and no more', () => {
  test.each([
    {
      what: 'nothing',
      env: {},
      npmrc: '',
      expected: { status: 'ok', finding: "No npm registry is set, npm's own default holds" },
    },
    {
      what: "the user's file",
      env: {},
      npmrc: '//npm.example/:_authToken=secret\nregistry = "https://jo:pw@npm.example:8443/path"\n',
      expected: { status: 'ok', finding: 'The npm registry is npm.example:8443, set in HOME/.npmrc' },
    },
    {
      what: 'a variable',
      env: { MIRROR: 'mirror.example' },
      npmrc: 'registry=https://${MIRROR}/npm\n',
      expected: { status: 'ok', finding: 'The npm registry is mirror.example, set in HOME/.npmrc' },
    },
    {
      what: 'the environment',
      env: { npm_config_registry: 'http://env.example' },
      npmrc: 'registry=https://file.example\n',
      expected: { status: 'ok', finding: 'The npm registry is env.example, set in the environment' },
    },
    { what: 'nonsense', env: {}, npmrc: 'registry=nonsense\n', expected: { status: 'problem' } },
  ])('$what', async ({ env, npmrc, expected }) => {
    put('home/.npmrc', npmrc);
    const found = await finding('npm', { env });
    expect({ ...found, finding: found?.finding.replace(join(folder, 'home'), 'HOME') }).toMatchObject(expected);
    expect(JSON.stringify(found)).not.toMatch(/secret|pw/);
  });
});

test('diagnose() counts apt sources of both forms', async () => {
  expect(await finding('apt')).toMatchObject({ status: 'note' });
  put('etc/apt/sources.list', '# deb x\ndeb [signed-by=/k] a b c\ndeb-src a b c\n');
  put('etc/apt/sources.list.d/x.sources', 'Types: deb deb-src\nURIs: a\n\nTypes: deb\nEnabled: no\n\nTypes: deb-src\n');
  put('etc/apt/sources.list.d/ignored.bak', 'deb a b c\n');
  expect(await finding('apt')).toMatchObject({
    status: 'ok',
    finding: `2 apt sources are configured in ${folder}/etc/apt`,
  });
});

test('diagnose() shows proxies without their credentials', async () => {
  const env = {
    HTTPS_PROXY: 'http://jo:s3cret@proxy.example:3128',
    no_proxy: 'localhost,.example',
    http_proxy: 'jo:s3cret@proxy:80',
  };
  expect((await finding('proxy', { env }))?.finding).toBe(
    'Proxies are set: HTTPS_PROXY=http://***@proxy.example:3128, http_proxy=***@proxy:80, no_proxy=localhost,.example',
  );
  expect(maskCredentials('http://user:p@ss@host/p@th')).toBe('http://***@host/p@th');
});

test('diagnose() tells of certificates that cannot be read, and of the slow start', async () => {
  const file = put('ca.pem', '');
  expect(await finding('ca', { env: { SSL_CERT_FILE: '/nonexistent.pem' } })).toMatchObject({
    status: 'problem',
    remedy: 'Correct or unset SSL_CERT_FILE',
  });
  expect(await finding('ca', { env: { SSL_CERT_FILE: file } })).toMatchObject({
    status: 'ok',
    finding: `Certificates are named by SSL_CERT_FILE=${file}`,
  });
  expect(await finding('ca-start', { env: { NODE_EXTRA_CA_CERTS: file } })).toMatchObject({
    status: 'note',
    finding: 'NODE_EXTRA_CA_CERTS is set',
  });
});
