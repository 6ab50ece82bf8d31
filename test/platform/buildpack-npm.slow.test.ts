import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildpackRig, nameOf, type BuildpackRig } from './buildpack-rig.ts';

interface NpmRegistry {
  readonly url: string;
  readonly authorizations: readonly (string | undefined)[];
}

/** A registry with one package, which states this integrity. */
async function npmRegistry(tarball: Buffer, integrity: string): Promise<NpmRegistry> {
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    const origin = `http://${request.headers.host}`;
    if (request.url?.endsWith('.tgz')) return void response.end(tarball);
    if (request.url !== '/@acme%2fhello') return void response.writeHead(404).end('{"error":"Not found"}');
    const version = (text: string): object => ({
      name: '@acme/hello',
      version: text,
      dist: { tarball: `${origin}/hello-${text}.tgz`, integrity },
    });
    const versions = { '1.0.0': version('1.0.0'), '1.2.0': version('1.2.0') };
    return void response.end(JSON.stringify({ name: '@acme/hello', 'dist-tags': { latest: '1.2.0' }, versions }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, authorizations };
}

async function rigWithPackage(
  stated?: string,
): Promise<{ readonly rig: BuildpackRig; readonly registry: NpmRegistry }> {
  const maker = await buildpackRig();
  maker.buildpack('package', { id: 'acme/hello' });
  maker.files('package', {
    'package.json': JSON.stringify({
      name: '@acme/hello',
      version: '1.2.0',
      scripts: { prepare: `touch ${maker.dir}/ran`, install: `touch ${maker.dir}/ran` },
    }),
  });
  execFileSync('tar', ['-czf', 'package.tgz', 'package'], { cwd: maker.dir });
  const tarball = readFileSync(join(maker.dir, 'package.tgz'));
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const registry = await npmRegistry(tarball, stated ?? integrity);
  const rig = await buildpackRig();
  const host = registry.url.replace('http:', '');
  rig.files('.', {
    '.npmrc': `@acme:registry=${registry.url}\n${host}:_authToken=npm-secret\ncache=${rig.dir}/cache\nfetch-retries=0\n`,
  });
  onTestFinished(() => expect(existsSync(join(maker.dir, 'ran')), 'no script of the package runs').toBe(false));
  return { rig, registry };
}

test('npmBuildpack() fetches a package with the configuration of the user, and remembers which', async () => {
  const { rig, registry } = await rigWithPackage();
  const found = await rig.find('npm:@acme/hello@^1.0.0');
  expect(nameOf(found)).toBe('acme/hello@1.0.0');
  expect(found.input).toMatchObject({
    name: 'buildpack npm:@acme/hello@^1.0.0',
    value: expect.stringMatching(/^@acme\/hello@1\.2\.0 sha512-/),
  });
  expect(registry.authorizations).toContain('Bearer npm-secret');
  expect(JSON.stringify(rig.events)).not.toContain('npm-secret');
});

test('npmBuildpack() refuses a package that is not what its registry states', async () => {
  const { rig } = await rigWithPackage(`sha512-${Buffer.alloc(64).toString('base64')}`);
  await expect(rig.find('npm:@acme/hello')).rejects.toMatchObject({
    code: 'BUILDPACK_INVALID',
    detail: expect.stringContaining('EINTEGRITY'),
  });
});

test('npmBuildpack() says what npm said when there is no such package', async () => {
  const { rig } = await rigWithPackage();
  await expect(rig.find('npm:@acme/none')).rejects.toMatchObject({
    code: 'BUILDPACK_INVALID',
    message: 'Cannot fetch buildpack "npm:@acme/none": npm ended with status 1',
    detail: expect.stringContaining('404'),
  });
});
