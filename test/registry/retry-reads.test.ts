import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { HttpRequest, Transport } from '../../src/registry/http.ts';
import { networkError } from '../../src/registry/registry-error.ts';
import { retryReads } from '../../src/registry/retry-reads.ts';
import { manifest, openTestRepository, upload } from './open-test-repository.ts';
import { startMemoryRegistry } from './memory-registry.ts';

const url = new URL('https://registry.example/v2/');
const delaysMs = [1, 1];

/** Answers or fails with one after the other, the last one for ever. */
function scripted(...answers: readonly (number | string)[]): {
  readonly send: Transport;
  readonly seen: HttpRequest[];
} {
  const seen: HttpRequest[] = [];
  const send: Transport = (request) => {
    const answer = answers[Math.min(seen.length, answers.length - 1)];
    seen.push(request);
    if (typeof answer === 'number') {
      return Promise.resolve({ status: answer, headers: {}, body: Readable.from([]), url: request.url });
    }
    return Promise.reject(networkError(request, Object.assign(new Error('the network'), { code: answer })));
  };
  return { send, seen };
}

describe('retryReads() [RUN-11]', () => {
  test.each([408, 500, 502, 503, 504, 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN', 'UND_ERR_SOCKET'])(
    'asks again after %s, twice',
    async (trouble) => {
      const { send, seen } = scripted(trouble, trouble, 200);
      expect((await retryReads(send, { delaysMs })({ method: 'GET', url })).status).toBe(200);
      expect(seen).toHaveLength(3);
    },
  );

  test('gives up with the last answer', async () => {
    const { send, seen } = scripted(503);
    expect((await retryReads(send, { delaysMs })({ method: 'HEAD', url })).status).toBe(503);
    expect(seen).toHaveLength(3);
    const broken = scripted('ETIMEDOUT');
    await expect(retryReads(broken.send, { delaysMs })({ method: 'GET', url })).rejects.toMatchObject({ exitCode: 75 });
    expect(broken.seen).toHaveLength(3);
  });

  test.each([200, 304, 401, 403, 404, 429, 501, 'ENOTFOUND', 'ECONNREFUSED', 'CERT_HAS_EXPIRED'])(
    'takes %s as it is',
    async (answer) => {
      const { send, seen } = scripted(answer);
      const sent = retryReads(send, { delaysMs })({ method: 'GET', url });
      await expect(
        sent.then(
          ({ status }) => status,
          () => answer,
        ),
      ).resolves.toBe(answer);
      expect(seen).toHaveLength(1);
    },
  );

  test.each(['POST', 'PUT', 'DELETE'] as const)('sends a %s once', async (method) => {
    const { send, seen } = scripted(503);
    await retryReads(send, { delaysMs })({ method, url });
    expect(seen).toHaveLength(1);
  });

  test('takes a hang-up of a registry on this machine for the other scheme', async () => {
    const { send, seen } = scripted('ECONNRESET');
    const local = new URL('http://127.0.0.1:5000/v2/');
    await expect(retryReads(send, { delaysMs })({ method: 'GET', url: local })).rejects.toThrow(
      'Cannot reach 127.0.0.1:5000',
    );
    expect(seen).toHaveLength(1);
  });

  test('ends while it waits when the program does', async () => {
    const controller = new AbortController();
    const { send } = scripted(503);
    const sent = retryReads(send, { delaysMs: [60_000], signal: controller.signal })({ method: 'GET', url });
    setTimeout(() => controller.abort(new Error('interrupted')), 20);
    await expect(sent).rejects.toThrow('interrupted');
  });
});

test('a client reads from a registry that has a moment of trouble, and sends nothing twice [RUN-11]', async () => {
  const troubled = new Set<string>();
  const registry = await startMemoryRegistry({
    intercept: (request, response) => {
      const name = `${request.method} ${request.url}`;
      if ((request.method !== 'GET' && request.method !== 'HEAD') || troubled.has(name)) return false;
      troubled.add(name);
      response.writeHead(503).end();
      return true;
    },
  });
  const repository = openTestRepository(registry.host, { retryDelaysMs: [1] });
  await repository.uploadBlob(upload);
  await repository.putManifest('1', 'application/vnd.oci.image.manifest.v1+json', manifest);
  expect((await repository.getManifest('1'))?.bytes).toEqual(manifest);
  expect(troubled.size).toBeGreaterThan(0);
  expect(registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2);
});
