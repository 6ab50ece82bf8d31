import { writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSmall } from '../../../buildpacks/go/module-proxy.ts';
import { openUrlFor } from '../../../buildpacks/go/open-url.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

let server: Server;
let base: string;
const seen: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    const status = Number(request.url?.slice(1) ?? 0);
    if (request.url === '/long') response.end(Buffer.alloc(5 << 20));
    else response.writeHead(status, { 'content-type': 'text/plain' }).end(`answer ${status}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function get(url: string, hostEnv: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
  const body = await openUrlFor({ hostEnv, proxies: [{ url: base, nextOn: 'missing' }], signal: undefined })(url);
  return body === undefined ? undefined : (await readSmall(body, 'an answer')).toString('utf8');
}

describe('openUrlFor()', () => {
  test('gives the answer, or nothing when there is none', async () => {
    expect(await get(`${base}/200`)).toBe('answer 200');
    expect(await get(`${base}/404`)).toBeUndefined();
    expect(await get(`${base}/410`)).toBeUndefined();
  });

  test('reads file:// addresses', async () => {
    const dir = temporaryDirectory('proxy');
    writeFileSync(join(dir, 'list'), 'v1.0.0\n');
    expect(await get(`file://${dir}/list`)).toBe('v1.0.0\n');
    expect(await get(`file://${dir}/none`)).toBeUndefined();
  });

  test('takes user and password from the address, else from .netrc', async () => {
    const HOME = temporaryDirectory('home');
    writeFileSync(join(HOME, '.netrc'), 'machine 127.0.0.1 login me password secret');
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    await get(`${base.replace('//', '//you:p%40ss@')}/200`, { HOME });
    await get(`${base}/200`, { HOME });
    await get(`${base}/200`, { NETRC: join(HOME, 'none') });
    expect(seen.slice(-3)).toEqual([basic('you:p@ss'), basic('me:secret'), undefined]);
  });

  test.each([
    { status: 401, code: 'TOOLCHAIN_UNAVAILABLE', hint: /~\/\.netrc/ },
    { status: 403, code: 'TOOLCHAIN_UNAVAILABLE', hint: /~\/\.netrc/ },
    { status: 500, code: 'NETWORK_UNAVAILABLE', hint: /Try again later/ },
    { status: 429, code: 'NETWORK_UNAVAILABLE', hint: /Try again later/ },
  ])('explains status $status without a password in it', async ({ status, code, hint }) => {
    const failure = get(`${base.replace('//', '//me:s3cret@')}/${status}`);
    await expect(failure).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
    await expect(failure).rejects.not.toMatchObject({ detail: expect.stringContaining('s3cret') });
  });

  test('explains a proxy that is not there and an address that is none', async () => {
    await expect(get('http://127.0.0.1:1/x')).rejects.toMatchObject({ hint: expect.stringContaining('GOPROXY') });
    await expect(get('goproxy.example/x')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('readSmall() stops at an answer without end', async () => {
    await expect(get(`${base}/long`)).rejects.toThrow('Cannot read an answer: the answer is longer than');
  });
});
