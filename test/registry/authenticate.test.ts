import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { startMemoryRegistry } from './memory-registry.ts';
import { authFor, blob, digest, manifest, openTestRepository, upload } from './open-test-repository.ts';
import { startTokenServer } from './token-server.ts';

test('Basic: asked once, then sent along', async () => {
  const registry = await startMemoryRegistry({ auth: { kind: 'basic', username: 'ann', password: 'p:w' } });
  const repository = openTestRepository(registry.host, { env: authFor(registry.host, 'ann', 'p:w') });
  expect(await repository.hasBlob(digest)).toBe(false);
  await repository.uploadBlob(upload);
  expect(registry.requests.map(({ method, authorization }) => [method, authorization === undefined])).toEqual([
    ['HEAD', true],
    ['HEAD', false],
    ['POST', false],
    ['PUT', false],
  ]);
});

test('Basic: a wrong password is denied and told apart from none', async () => {
  const registry = await startMemoryRegistry({ auth: { kind: 'basic', username: 'ann', password: 'right' } });
  const wrong = openTestRepository(registry.host, { env: authFor(registry.host, 'ann', 'wrong-password') });
  await expect(wrong.getManifest('1')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    hint: expect.stringContaining(`The credentials for ${registry.host} in CNB_REGISTRY_AUTH were sent`),
  });
  await expect(openTestRepository(registry.host).getManifest('1')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    hint: expect.stringContaining('No credentials'),
  });
});

// @cnb RUN-08
test('Bearer: one token for pulling as a stranger, one for pushing as ourselves', async () => {
  const server = await startTokenServer({ username: 'ann', password: 'pw' });
  const registry = await startMemoryRegistry({ auth: { kind: 'token', server } });
  registry.putBlob('team/app', blob);
  const stranger = openTestRepository(registry.host);
  expect(await buffer(await stranger.openBlob(digest, blob.length))).toEqual(blob);
  await expect(stranger.putManifest('1', mediaTypes.ociManifest, manifest)).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
  });

  const ann = openTestRepository(registry.host, { env: authFor(registry.host, 'ann', 'pw') });
  const before = server.requests.length;
  await ann.uploadBlob(upload);
  await ann.putManifest('1', mediaTypes.ociManifest, manifest);
  expect(server.requests.slice(before).map(({ scopes }) => scopes)).toEqual([['repository:team/app:pull,push']]);
});

test('Bearer: a mount asks for both repositories at once, and gives way when it may not read one', async () => {
  const server = await startTokenServer({ username: 'ann', password: 'pw', forbidden: ['secret'] });
  const registry = await startMemoryRegistry({ auth: { kind: 'token', server } });
  registry.putBlob('base', blob);
  registry.putBlob('secret', blob);
  const env = authFor(registry.host, 'ann', 'pw');
  expect(await openTestRepository(registry.host, { env }).uploadBlob({ ...upload, mountFrom: 'base' })).toBe('mounted');
  expect(server.requests.at(-1)?.scopes).toEqual(['repository:team/app:pull,push', 'repository:base:pull']);
  const other = openTestRepository(registry.host, { env, name: 'other' });
  expect(await other.uploadBlob({ ...upload, mountFrom: 'secret' })).toBe('uploaded');
});

test('Bearer: an expired token and one taken back are replaced once', async () => {
  const server = await startTokenServer({ username: 'ann', password: 'pw', expiresIn: 100 });
  const registry = await startMemoryRegistry({ auth: { kind: 'token', server } });
  registry.putManifest('team/app', '1', { mediaType: mediaTypes.ociManifest, bytes: manifest });
  let now = 0;
  const repository = openTestRepository(registry.host, { now: () => now });
  await repository.getManifest('1');
  await repository.getManifest('1');
  expect(server.requests).toHaveLength(1);
  now = 95_000;
  await repository.getManifest('1');
  expect(server.requests).toHaveLength(2);
  server.revokeAll();
  await repository.getManifest('1');
  expect(server.requests).toHaveLength(3);
});

test('Bearer: an identity token is exchanged', async () => {
  const server = await startTokenServer({ username: 'ann', password: 'pw', identityToken: 'refresh-1' });
  const registry = await startMemoryRegistry({ auth: { kind: 'token', server } });
  const env = { CNB_REGISTRY_AUTH: JSON.stringify({ [registry.host]: 'X-Identity refresh-1' }) };
  await openTestRepository(registry.host, { env }).uploadBlob(upload);
  expect(server.requests.map(({ method }) => method)).toEqual(['POST']);
});

test('a registry that hides what is there from strangers is asked for its challenge', async () => {
  const auth = { kind: 'basic', username: 'ann', password: 'pw' } as const;
  const registry = await startMemoryRegistry({
    auth,
    intercept: (request, response) => {
      if (request.headers.authorization !== undefined || request.url === '/v2/') return false;
      response.writeHead(404);
      response.end();
      return true;
    },
  });
  registry.putManifest('team/app', '1', { mediaType: mediaTypes.ociManifest, bytes: manifest });
  const repository = openTestRepository(registry.host, { env: authFor(registry.host, 'ann', 'pw') });
  expect((await repository.getManifest('1')).digest).toBe(digestOf(manifest));
});

test.each([
  { realm: 'http://auth.example/token' },
  { realm: 'file:///etc/passwd' },
  { realm: 'nonsense' },
  { realm: 'https://user:pass@auth.example/' },
])('a token server at $realm is refused', async ({ realm }) => {
  const registry = await startMemoryRegistry({
    intercept: (_request, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` });
      response.end();
      return true;
    },
  });
  await expect(openTestRepository(registry.host).getManifest('1')).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
});

test.each([
  { body: '{"token":"a\\r\\nX-Evil: 1"}' },
  { body: '{"token":""}' },
  { body: '[]' },
  { body: 'x'.repeat(2 << 20) },
])('a token server that answers $body is refused', async ({ body }) => {
  const registry = await startMemoryRegistry({
    intercept: (request, response) => {
      if (request.url?.startsWith('/token')) response.writeHead(200).end(body);
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
      return true;
    },
  });
  await expect(openTestRepository(registry.host).getManifest('1')).rejects.toMatchObject({
    code: 'REGISTRY_REFUSED',
    message: expect.stringMatching(/answered without a token$/),
  });
});
