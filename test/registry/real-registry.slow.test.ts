import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { editImage } from '../../src/image/edit-image.ts';
import { registrySink, registrySource } from '../../src/image/registry-place.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { dockerImage, fileLayer } from '../image/example-image.ts';
import { openFolderBlobStore } from '../image/folder-blob-store.ts';
import { helloImage } from '../image/hello-image.ts';
import { craneBinary } from '../test-tools.ts';
import { authFor } from './open-test-repository.ts';
import { password, startCraneRegistry, startRealRegistry, username } from './real-registry.ts';

const context = { report: (): void => undefined };

function push(image: Image, name: string, env: Record<string, string> = {}): Promise<unknown> {
  const client = createRegistryClient({ env: { HOME: '/nonexistent', ...env } });
  return registrySink({ reference: parseReference(name), client }).write(image, context);
}

async function pull(name: string, env: Record<string, string> = {}): Promise<Image> {
  const client = createRegistryClient({ env: { HOME: '/nonexistent', ...env } });
  return registrySource({ reference: parseReference(name), client, blobs: await openFolderBlobStore() }).resolve();
}

describe('docker-registry over plain HTTP', () => {
  test.each([
    { family: 'OCI', image: helloImage() },
    { family: 'Docker', image: dockerImage() },
  ])('takes and gives an image of the $family family that other tools find whole', async ({ image }) => {
    const { host } = await startRealRegistry('plain');
    const name = `${host}/team/app:1`;
    await push(image, name);
    const read = await pull(name);
    expect(read.digest).toBe(image.digest);
    expect(await validateImage(read)).toEqual([]);
    expect(execFileSync(craneBinary(), ['validate', '--remote', name], { encoding: 'utf8' })).toContain('PASS');
    const inspected = JSON.parse(
      execFileSync('skopeo', ['inspect', '--tls-verify=false', `docker://${name}`], { encoding: 'utf8' }),
    ) as object;
    expect(inspected).toMatchObject({ Digest: image.digest, Layers: image.layers.map(({ digest }) => digest) });
  });

  test('mounts the layers of a base that is in another repository, without reading them', async () => {
    const { host } = await startRealRegistry('plain');
    await push(helloImage(), `${host}/base:1`);
    const base = await pull(`${host}/base:1`);
    const unread = base.layers.map((layer) => ({
      ...layer,
      open: () => Promise.reject(new Error('read')),
      fetchFile: () => Promise.reject(new Error('read')),
    }));
    const image = editImage(
      { ...base, layers: unread },
      {
        created: '1980-01-01T00:00:01Z',
        layers: [{ layer: fileLayer('app/x', 'x'), createdBy: 'x' }],
      },
    );
    await push(image, `${host}/app:1`);
    expect(execFileSync(craneBinary(), ['validate', '--remote', `${host}/app:1`], { encoding: 'utf8' })).toContain(
      'PASS',
    );
  });

  test('gives an image that another tool has pushed', async () => {
    const { host } = await startRealRegistry('plain');
    await push(dockerImage(), `${host}/a:1`);
    execFileSync('skopeo', [
      'copy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      '--format',
      'oci',
      `docker://${host}/a:1`,
      `docker://${host}/b:1`,
    ]);
    expect(await validateImage(await pull(`${host}/b:1`))).toEqual([]);
  });
});

describe('the registry of go-containerregistry', () => {
  test('takes and gives an image, and mounts layers', async () => {
    const host = await startCraneRegistry();
    const image = helloImage();
    await push(image, `${host}/team/app:1`);
    const read = await pull(`${host}/team/app:1`);
    expect(read.digest).toBe(image.digest);
    expect(await validateImage(read)).toEqual([]);
    await push(read, `${host}/other:1`);
    expect(execFileSync(craneBinary(), ['validate', '--remote', `${host}/other:1`], { encoding: 'utf8' })).toContain(
      'PASS',
    );
  });
});

describe('docker-registry over TLS with passwords', () => {
  test('takes an image from who has the password and trusts the certificate', async () => {
    const { host, certificate } = await startRealRegistry('tls-htpasswd');
    const name = `${host}/team/app:1`;
    const trust = { NODE_EXTRA_CA_CERTS: certificate };
    const env = { ...trust, ...authFor(host, username, password) };
    const image = helloImage();
    await push(image, name, env);
    expect((await pull(name, env)).digest).toBe(image.digest);
    // As the only authority, too.
    expect((await pull(name, { SSL_CERT_FILE: certificate, ...authFor(host, username, password) })).digest).toBe(
      image.digest,
    );
    const login = ['--src-creds', `${username}:${password}`, '--src-cert-dir', dirname(certificate)];
    execFileSync('skopeo', ['copy', ...login, `docker://${name}`, `dir:${dirname(certificate)}/copy`]);

    await expect(push(image, name, trust)).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      hint: expect.stringContaining('No credentials'),
    });
    await expect(push(image, name, { ...trust, ...authFor(host, username, 'wrong') })).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      hint: expect.stringContaining('CNB_REGISTRY_AUTH were sent'),
    });
    await expect(pull(name, authFor(host, username, password))).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining('certificate is not trusted'),
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    // RUN-09: named insecure, its certificate is not looked at.
    const insecure = { CNB_INSECURE_REGISTRIES: host, ...authFor(host, username, password) };
    expect((await pull(name, insecure)).digest).toBe(image.digest);
  });
});

describe('docker-registry with a token server', () => {
  test('deletes an image for who has the right to [CAC-09]', async () => {
    const { host } = await startRealRegistry('token');
    const env = authFor(host, username, password);
    const image = helloImage();
    await push(image, `${host}/app:1`, env);
    const client = createRegistryClient({ env: { HOME: '/nonexistent', ...env } });
    await client.repository(parseReference(`${host}/app`)).deleteManifest(image.digest);
    await expect(pull(`${host}/app:1`, env)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    const stranger = createRegistryClient({ env: { HOME: '/nonexistent' } }).repository(parseReference(`${host}/app`));
    await expect(stranger.deleteManifest(image.digest)).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  test('lets strangers pull, refuses their push, and mounts with both scopes', async () => {
    const { host, tokenServer } = await startRealRegistry('token');
    const env = authFor(host, username, password);
    const base = helloImage();
    await push(base, `${host}/base:1`, env);
    const read = await pull(`${host}/base:1`);
    expect(read.digest).toBe(base.digest);
    expect(await validateImage(read)).toEqual([]);
    await expect(push(base, `${host}/other:1`)).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });

    const image = editImage(read, {
      created: '1980-01-01T00:00:01Z',
      layers: [{ layer: fileLayer('app/x', 'x'), createdBy: 'x' }],
    });
    await push(image, `${host}/app:1`, env);
    expect(tokenServer?.requests.map(({ scopes }) => scopes)).toContainEqual([
      'repository:app:pull,push',
      'repository:base:pull',
    ]);
    expect((await pull(`${host}/app:1`)).digest).toBe(image.digest);
  });
});
