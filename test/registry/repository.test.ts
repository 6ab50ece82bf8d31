import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { MemoryRegistryOptions } from './memory-registry.ts';
import { startMemoryRegistry } from './memory-registry.ts';
import { blob, digest, manifest, openTestRepository, upload } from './open-test-repository.ts';

describe('manifests', () => {
  test('putManifest() and getManifest() carry the bytes and the type', async () => {
    const registry = await startMemoryRegistry();
    const repository = openTestRepository(registry.host);
    expect(await repository.headManifest('1.0')).toBeUndefined();
    await repository.putManifest('1.0', mediaTypes.ociManifest, manifest);
    expect(await repository.headManifest('1.0')).toBe(digestOf(manifest));
    const read = await repository.getManifest('1.0');
    expect(read).toEqual({ mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), bytes: manifest });
    expect(await repository.getManifest(digestOf(manifest))).toEqual(read);
  });

  test('headManifest() tells when a registry gives no digest', async () => {
    const registry = await startMemoryRegistry({ tellsDigest: false });
    registry.putManifest('team/app', '1', { mediaType: mediaTypes.ociManifest, bytes: manifest });
    expect(await openTestRepository(registry.host).headManifest('1')).toBe('unknown');
  });

  test('deleteManifest() takes away a manifest with its tags, whether or not it is there, and tells of a refusal [CAC-09]', async () => {
    const registry = await startMemoryRegistry();
    const repository = openTestRepository(registry.host);
    await repository.putManifest('1.0', mediaTypes.ociManifest, manifest);
    await repository.deleteManifest(digestOf(manifest));
    expect(await repository.headManifest('1.0')).toBeUndefined();
    await repository.deleteManifest(digestOf(manifest));
    const refusing = await startMemoryRegistry({
      intercept: ({ method }, response) => {
        if (method === 'DELETE') response.writeHead(405).end();
        return method === 'DELETE';
      },
    });
    await expect(openTestRepository(refusing.host).deleteManifest(digestOf(manifest))).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining('Cannot delete'),
    });
  });

  test('getManifest() says that there is no such image', async () => {
    const registry = await startMemoryRegistry();
    await expect(openTestRepository(registry.host).getManifest('nope')).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: `Cannot find image "${registry.host}/team/app:nope": the registry has none of that name`,
    });
  });

  test.each([
    {
      why: 'other bytes than the digest asks for',
      name: `sha256:${'0'.repeat(64)}`,
      headers: {},
      body: '{}',
      message: /has the digest/,
    },
    {
      why: 'a digest header that lies',
      name: '1',
      headers: { 'docker-content-digest': `sha256:${'1'.repeat(64)}` },
      body: '{}',
      message: /has the digest/,
    },
    { why: 'a body without end', name: '1', headers: {}, body: 'x'.repeat(5 << 20), message: /more than/ },
  ])('getManifest() refuses $why', async ({ name, headers, body, message }) => {
    const registry = await startMemoryRegistry({
      intercept: (_request, response) => {
        response.writeHead(200, headers);
        response.end(body);
        return true;
      },
    });
    await expect(openTestRepository(registry.host).getManifest(name)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('putManifest() notices when the registry stored something else', async () => {
    const registry = await startMemoryRegistry({
      intercept: (_request, response) => {
        response.writeHead(201, { 'docker-content-digest': `sha256:${'2'.repeat(64)}` });
        response.end();
        return true;
      },
    });
    await expect(
      openTestRepository(registry.host).putManifest('1', mediaTypes.ociManifest, manifest),
    ).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
    });
  });
});

describe('blobs', () => {
  test.each<MemoryRegistryOptions & { readonly title: string }>([
    { title: 'a relative location', location: 'relative' },
    { title: 'an absolute location', location: 'absolute' },
  ])('uploadBlob() uploads to $title, and openBlob() reads it', async (options) => {
    const registry = await startMemoryRegistry(options);
    const repository = openTestRepository(registry.host);
    expect(await repository.hasBlob(digest)).toBe(false);
    expect(await repository.uploadBlob(upload)).toBe('uploaded');
    expect(await repository.hasBlob(digest)).toBe(true);
    expect(await buffer(await repository.openBlob(digest, blob.length))).toEqual(blob);
    // What this client put there it does not ask for again.
    expect(registry.seen(/^HEAD/)).toHaveLength(1);
  });

  test('uploadBlob() mounts without opening the bytes', async () => {
    const registry = await startMemoryRegistry();
    registry.putBlob('base', blob);
    const open = (): never => expect.unreachable();
    expect(await openTestRepository(registry.host).uploadBlob({ ...upload, open, mountFrom: 'base' })).toBe('mounted');
    expect(registry.blobs.get('team/app')?.get(digest)).toEqual(blob);
    expect(registry.requests).toHaveLength(1);
  });

  test('uploadBlob() uploads into the session that a registry opens instead of mounting', async () => {
    const registry = await startMemoryRegistry({ canMount: false });
    expect(await openTestRepository(registry.host).uploadBlob({ ...upload, mountFrom: 'base' })).toBe('uploaded');
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'PUT']);
  });

  test.each([
    { why: 'too many bytes', body: Buffer.concat([blob, blob]) },
    { why: 'too few bytes', body: blob.subarray(1) },
    { why: 'other bytes', body: Buffer.from('THE BYTES OF A LAYER') },
  ])('openBlob() refuses $why', async ({ body }) => {
    const registry = await startMemoryRegistry();
    registry.blobs.set('team/app', new Map([[digest, body]]));
    const stream = await openTestRepository(registry.host).openBlob(digest, blob.length);
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  test('openBlob() fails when the connection breaks in the middle', async () => {
    const registry = await startMemoryRegistry({
      intercept: (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('x');
        setTimeout(() => response.destroy(), 20);
        return true;
      },
    });
    const stream = await openTestRepository(registry.host).openBlob(digest, 1000);
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', exitCode: 75 });
  });

  test.each([
    { location: 'http://registry.example/upload' },
    { location: 'ftp://127.0.0.1/upload' },
    { location: 'https://user:pass@registry.example/upload' },
    { location: 'http://%zz' },
    { location: '' },
  ])('uploadBlob() refuses the location "$location"', async ({ location }) => {
    const registry = await startMemoryRegistry({
      intercept: (_request, response) => {
        response.writeHead(202, { location });
        response.end();
        return true;
      },
    });
    await expect(openTestRepository(registry.host).uploadBlob(upload)).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
    });
  });

  test('uploadBlob() gives on what went wrong with the bytes', async () => {
    const registry = await startMemoryRegistry();
    const open = async (): Promise<Readable> =>
      Readable.from(
        (async function* (): AsyncGenerator<Buffer> {
          yield blob.subarray(0, 3);
          throw Object.assign(new Error('disk on fire'), { code: 'EIO' });
        })(),
      );
    await expect(openTestRepository(registry.host).uploadBlob({ ...upload, open })).rejects.toThrow('disk on fire');
  });
});

describe('answers that are errors', () => {
  test.each([
    { status: 403, code: 'REGISTRY_DENIED' },
    { status: 429, code: 'REGISTRY_UNAVAILABLE' },
    { status: 503, code: 'REGISTRY_UNAVAILABLE' },
    { status: 418, code: 'REGISTRY_REFUSED' },
  ])('$status becomes $code with what the registry said', async ({ status, code }) => {
    const registry = await startMemoryRegistry({
      intercept: (_request, response) => {
        response.writeHead(status);
        response.end(
          JSON.stringify({ errors: [{ code: 'X_CODE', message: 'red \u001b[31malert\nnext', detail: {} }] }),
        );
        return true;
      },
    });
    await expect(openTestRepository(registry.host).getManifest('1')).rejects.toMatchObject({
      code,
      message: `Cannot pull "${registry.host}/team/app:1": ${registry.host} answered ${status} (X_CODE: red [31malert next)`,
      detail: `GET http://${registry.host}/v2/team/app/manifests/1`,
      cause: { status, method: 'GET', errors: [{ code: 'X_CODE' }] },
    });
  });

  test.each([
    { why: 'no JSON', body: '<html>' },
    { why: 'JSON of another shape', body: '{"errors":"many"}' },
    { why: 'a body without end', body: 'x'.repeat(1 << 20) },
  ])('an error with $why is still told by its status', async ({ body }) => {
    const registry = await startMemoryRegistry({
      intercept: (_request, response) => {
        response.writeHead(500);
        response.end(body);
        return true;
      },
    });
    await expect(openTestRepository(registry.host).getManifest('1')).rejects.toThrow(/answered 500$/);
  });

  test('a registry that is not there can be tried again later', async () => {
    const registry = await startMemoryRegistry();
    const port = Number(registry.host.split(':')[1]) === 1 ? 2 : 1;
    await expect(openTestRepository(`127.0.0.1:${port}`).getManifest('1')).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: `Cannot reach 127.0.0.1:${port}: nothing listens there`,
    });
  });

  test('an aborted signal ends a request', async () => {
    const controller = new AbortController();
    const registry = await startMemoryRegistry({ intercept: () => true });
    const client = createRegistryClient({ env: {}, signal: controller.signal });
    const asking = client.repository({ registry: registry.host, repository: 'a' }).getManifest('1');
    setTimeout(() => controller.abort(new Error('enough')), 30);
    await expect(asking).rejects.toThrow('enough');
  });
});
