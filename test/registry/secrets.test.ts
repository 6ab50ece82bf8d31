import { inspect } from 'node:util';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../src/oci/media-types.ts';
import type { Repository } from '../../src/registry/repository.ts';
import type { Intercept } from './memory-registry.ts';
import { startMemoryRegistry } from './memory-registry.ts';
import { authFor, digest, manifest, openTestRepository, upload } from './open-test-repository.ts';
import { startTokenServer } from './token-server.ts';

// SEC-06: whoever answers, and whatever, the secret is in nothing that we say and goes to nobody else.
const username = 'ann';
const password = 'Correct Horse/7';
const basic = Buffer.from(`${username}:${password}`).toString('base64');
const secrets = [password, encodeURIComponent(password), basic];

/** Says everything that it was told, in the forms that servers use for errors. */
const echo: Intercept = (request, response) => {
  if (request.headers.authorization === undefined) return false;
  const heard = `${request.url} ${JSON.stringify(request.headers)} ${password}`;
  response.writeHead(403, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code: heard, message: heard, detail: heard }] }));
  return true;
};

async function errorsOf(repository: Repository): Promise<readonly unknown[]> {
  const attempts = [
    repository.headManifest('1'),
    repository.getManifest('1'),
    repository.putManifest('1', mediaTypes.ociManifest, manifest),
    repository.hasBlob(digest),
    repository.openBlob(digest, upload.sizeBytes),
    repository.uploadBlob(upload),
  ];
  const results = await Promise.allSettled(attempts);
  expect(results.map(({ status }) => status)).toEqual(attempts.map(() => 'rejected'));
  return results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
}

test('errors of a registry that says back what it was told hold no secret', async () => {
  const registry = await startMemoryRegistry({ auth: { kind: 'basic', username, password }, intercept: echo });
  const errors = await errorsOf(openTestRepository(registry.host, { env: authFor(registry.host, username, password) }));
  expect(leaks(errors, secrets)).toEqual([]);
});

test('errors hold no token, and a token server that refuses says nothing of the password', async () => {
  const token = 'Token-Value-That-Nobody-May-See';
  const server = await startTokenServer({ username, password, issue: () => token });
  const registry = await startMemoryRegistry({ auth: { kind: 'token', server }, intercept: echo });
  const errors = await errorsOf(openTestRepository(registry.host, { env: authFor(registry.host, username, password) }));
  expect(leaks(errors, [...secrets, token])).toEqual([]);

  const wrong = await errorsOf(openTestRepository(registry.host, { env: authFor(registry.host, 'bob', password) }));
  const bobs = Buffer.from(`bob:${password}`).toString('base64');
  expect(leaks(wrong, [...secrets, bobs])).toEqual([]);
});

test('a redirect to another origin and an upload to another host come without credentials', async () => {
  const storage = await startMemoryRegistry({ acceptsForeignUploads: true });
  const registry = await startMemoryRegistry({
    auth: { kind: 'basic', username, password },
    uploadHost: storage.host,
    intercept: (request, response) => {
      if (request.headers.authorization === undefined || request.method !== 'GET') return false;
      response.writeHead(307, { location: `http://${storage.host}${request.url}` });
      response.end();
      return true;
    },
  });
  storage.putManifest('team/app', '1', { mediaType: mediaTypes.ociManifest, bytes: manifest });
  const repository = openTestRepository(registry.host, { env: authFor(registry.host, username, password) });
  await repository.getManifest('1');
  await repository.uploadBlob(upload);
  expect(storage.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
    ['GET', undefined],
    ['PUT', undefined],
  ]);
});

test('a challenge from where a redirect led is not answered', async () => {
  const thief = await startMemoryRegistry({ auth: { kind: 'basic', username, password } });
  const registry = await startMemoryRegistry({
    intercept: (request, response) => {
      response.writeHead(302, { location: `http://${thief.host}${request.url}` });
      response.end();
      return true;
    },
  });
  const repository = openTestRepository(registry.host, { env: authFor(registry.host, username, password) });
  await expect(repository.getManifest('1')).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  expect(thief.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
});

test('signed addresses are shown without their query', async () => {
  const storage = await startMemoryRegistry();
  const registry = await startMemoryRegistry({
    intercept: (_request, response) => {
      response.writeHead(307, { location: `http://${storage.host}/blob?X-Amz-Signature=Signed-Secret` });
      response.end();
      return true;
    },
  });
  const error = await openTestRepository(registry.host)
    .openBlob(digest, 1)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(leaks([error], ['Signed-Secret'])).toEqual([]);
});

test('bytes of an upload that fail say nothing of the way they took', async () => {
  const registry = await startMemoryRegistry({ auth: { kind: 'basic', username, password } });
  const repository = openTestRepository(registry.host, { env: authFor(registry.host, username, password) });
  const open = async (): Promise<Readable> => Readable.from([Buffer.alloc(3)]);
  const error = await repository.uploadBlob({ ...upload, open }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(leaks([error], secrets)).toEqual([]);
});

/** Everything that an error holds, however deep, and shows a secret. */
function leaks(errors: readonly unknown[], hidden: readonly string[]): readonly string[] {
  return errors.flatMap((error) => {
    if (!(error instanceof Error)) return ['no error at all'];
    const everything = `${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}`;
    return hidden.filter((secret) => everything.includes(secret));
  });
}
