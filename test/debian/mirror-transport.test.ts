import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import type { MirrorTransportOptions } from '../../src/debian/mirror-transport.ts';
import { mirrorTransport } from '../../src/debian/mirror-transport.ts';
import { temporaryDir } from './archive-fixture.ts';

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

interface TestServer {
  readonly url: string;
  readonly seen: { readonly url: string; readonly host: string; readonly authorization: string | undefined }[];
}

/** Answers with a status, or follows `answer`. */
async function server(
  answer: (request: IncomingMessage) => { status: number; location?: string; body?: string },
): Promise<TestServer> {
  const seen: TestServer['seen'] = [];
  const made = createServer((request, response) => {
    const { host = '', authorization } = request.headers;
    seen.push({ url: request.url ?? '', host, authorization });
    const { status, location, body = 'content' } = answer(request);
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    made.closeAllConnections();
    made.close();
  });
  return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, seen };
}

/** A proxy for plain HTTP, as caches of packages are: it takes whole addresses and no CONNECT. Every name is the given server to it. */
async function proxyTo(target: string): Promise<TestServer> {
  const seen: TestServer['seen'] = [];
  const made = createServer((request, response) => {
    const { host = '', authorization } = request.headers;
    seen.push({ url: request.url ?? '', host, authorization });
    const { pathname } = new URL(request.url ?? '/');
    sendRequest(`${target}${pathname}`, (answer) => {
      response.writeHead(answer.statusCode ?? 500);
      answer.pipe(response);
    }).end();
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    made.closeAllConnections();
    made.close();
  });
  return { url: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, seen };
}

function aptDir(files: Readonly<Record<string, string>>): string {
  const dir = temporaryDir();
  mkdirSync(join(dir, 'apt.conf.d'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return dir;
}

async function get(address: string, options: Partial<MirrorTransportOptions> = {}): Promise<string | undefined> {
  const body = await mirrorTransport({ env: {}, aptDir: '/nonexistent', ...options })(address);
  return body && (await text(body));
}

describe('mirrorTransport()', () => {
  test('opens http addresses and files, and says what is not there', async () => {
    const { url } = await server(({ url: path }) => ({ status: path === '/x%2By' ? 200 : 404 }));
    const dir = temporaryDir();
    writeFileSync(join(dir, 'a b'), 'file');
    expect(await get(`${url}/x%2By`)).toBe('content');
    expect(await get(`${url}/none`)).toBeUndefined();
    expect(await get(`file://${dir}/a%20b`)).toBe('file');
    expect(await get(`copy:${dir}/a%20b`)).toBe('file');
    expect(await get(`file:${dir}/none`)).toBeUndefined();
    expect(await get(`file:${dir}`)).toBeUndefined();
    await expect(get('ftp://mirror.example/x')).rejects.toMatchObject({ code: 'PACKAGES_UNAVAILABLE' });
  });

  test('asks through the proxy of apt, in the way that caches of packages understand', async () => {
    const origin = await server(() => ({ status: 200 }));
    const proxy = await proxyTo(origin.url);
    const dir = aptDir({ 'apt.conf.d/proxy': `Acquire::http::Proxy "${proxy.url}";` });
    expect(await get('http://mirror.example/debian/x', { aptDir: dir })).toBe('content');
    expect(proxy.seen).toMatchObject([{ url: 'http://mirror.example/debian/x', host: 'mirror.example' }]);
  });

  test('takes the proxy of the environment where apt has none', async () => {
    const origin = await server(() => ({ status: 200 }));
    const proxy = await proxyTo(origin.url);
    const env = { http_proxy: proxy.url };
    expect(await get('http://mirror.example/x', { env })).toBe('content');
    expect(proxy.seen).toHaveLength(1);
    const other = aptDir({ 'apt.conf.d/proxy': 'Acquire::http::Proxy::mirror.invalid "DIRECT";' });
    await expect(get('http://mirror.invalid/x', { env, aptDir: other })).rejects.toMatchObject({
      code: 'NETWORK_UNAVAILABLE',
    });
    await expect(get('http://mirror.invalid/x', { env: { ...env, no_proxy: 'mirror.invalid' } })).rejects.toMatchObject(
      {
        code: 'NETWORK_UNAVAILABLE',
      },
    );
    expect(proxy.seen).toHaveLength(1);
  });

  test('sends a login to its own host only, also when that redirects elsewhere', async () => {
    const elsewhere = await server(() => ({ status: 200 }));
    const { url, seen } = await server(() => ({ status: 302, location: `${elsewhere.url}/x` }));
    const dir = aptDir({ 'auth.conf': `machine ${url}/debian login ann password secret\n` });
    const authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    expect(await get(`${url}/debian/x`, { aptDir: dir })).toBe('content');
    expect(await get(url.replace('http://', 'http://ann:secret@'))).toBe('content');
    expect(seen.map((each) => each.authorization)).toEqual([authorization, authorization]);
    expect(elsewhere.seen.map((each) => each.authorization)).toEqual([undefined, undefined]);
    expect(await get(`${elsewhere.url}/debian/x`, { aptDir: dir })).toBe('content');
    expect(elsewhere.seen.at(-1)?.authorization).toBeUndefined();
  });

  test('says of whom a login is wanted, without the one that was tried', async () => {
    const { url } = await server(() => ({ status: 401, body: 'ann:secret is wrong' }));
    const failure = await get(url.replace('http://', 'http://ann:secret@')).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'PACKAGES_UNAVAILABLE',
      hint: expect.stringContaining('/etc/apt/auth.conf.d'),
    });
    expect(JSON.stringify([failure, String(failure), Object(failure).detail])).not.toContain('secret');
  });

  test('tells a server that is busy from one that refuses', async () => {
    for (const [status, code] of [
      [503, 'NETWORK_UNAVAILABLE'],
      [429, 'NETWORK_UNAVAILABLE'],
      [403, 'PACKAGES_UNAVAILABLE'],
      [400, 'PACKAGES_UNAVAILABLE'],
    ] as const) {
      const { url } = await server(() => ({ status }));
      await expect(get(`${url}/x`)).rejects.toMatchObject({ code });
    }
    await expect(get('http://127.0.0.1:1/x')).rejects.toMatchObject({ code: 'NETWORK_UNAVAILABLE', exitCode: 75 });
  });
});
