import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chooseScheme } from '../../src/registry/choose-scheme.ts';
import { followRedirects } from '../../src/registry/follow-redirects.ts';
import type { HttpRequest, HttpResponse, Transport } from '../../src/registry/http.ts';
import { readBody } from '../../src/registry/http.ts';
import { networkError } from '../../src/registry/registry-error.ts';
import { undiciTransport } from '../../src/registry/undici-transport.ts';

/** Answers by a table from address to answer; what is not in it is 200. */
function tableTransport(table: Readonly<Record<string, Partial<HttpResponse>>>): {
  send: Transport;
  seen: HttpRequest[];
} {
  const seen: HttpRequest[] = [];
  return {
    seen,
    send: async (request) => {
      seen.push(request);
      return { status: 200, headers: {}, body: Readable.from([]), url: request.url, ...table[request.url.href] };
    },
  };
}

function redirectTo(location: string, status = 307): Partial<HttpResponse> {
  return { status, headers: { location } };
}

const headers = { authorization: 'Basic secret', accept: '*/*' };

describe('followRedirects()', () => {
  test('keeps credentials within the origin and drops them for good when it changes', async () => {
    const { send, seen } = tableTransport({
      'https://one.example/a': redirectTo('/b'),
      'https://one.example/b': redirectTo('https://two.example/c', 302),
      'https://two.example/c': redirectTo('https://one.example/d'),
    });
    const response = await followRedirects(send)({ method: 'GET', url: new URL('https://one.example/a'), headers });
    expect(response.url.href).toBe('https://one.example/d');
    expect(seen.map((request) => request.headers?.['authorization'])).toEqual([
      'Basic secret',
      'Basic secret',
      undefined,
      undefined,
    ]);
  });

  test.each([
    { why: 'another port', to: 'https://one.example:444/b' },
    { why: 'a host that begins alike', to: 'https://one.example.evil/b' },
    { why: 'a subdomain', to: 'https://sub.one.example/b' },
  ])('drops credentials for $why', async ({ to }) => {
    const { send, seen } = tableTransport({ 'https://one.example/a': redirectTo(to) });
    await followRedirects(send)({ method: 'GET', url: new URL('https://one.example/a'), headers });
    expect(seen[1]?.headers).toEqual({ accept: '*/*' });
  });

  test.each([
    { why: 'to plain HTTP', to: 'http://one.example/b' },
    { why: 'to this machine over HTTP', to: 'http://127.0.0.1/b' },
    { why: 'to a file', to: 'file:///etc/passwd' },
    { why: 'with a password', to: 'https://user:pass@two.example/' },
    { why: 'to nothing', to: 'https://' },
    { why: 'for ever', to: '/a' },
  ])('refuses a redirect $why', async ({ to }) => {
    const { send } = tableTransport({ 'https://one.example/a': redirectTo(to) });
    const asking = followRedirects(send)({ method: 'GET', url: new URL('https://one.example/a'), headers });
    await expect(asking).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
  });

  test('sends a body again for 307 and 308, and gives other redirects of a write back', async () => {
    const body = { sizeBytes: 1, open: async (): Promise<Uint8Array> => Buffer.from('x') };
    const { send, seen } = tableTransport({
      'https://one.example/a': redirectTo('/b', 308),
      'https://one.example/b': redirectTo('/c', 302),
    });
    const response = await followRedirects(send)({ method: 'PUT', url: new URL('https://one.example/a'), body });
    expect(response.status).toBe(302);
    expect(seen.map((request) => [request.url.pathname, request.body])).toEqual([
      ['/a', body],
      ['/b', body],
    ]);
  });
});

describe('chooseScheme()', () => {
  test('asks a registry on this machine over HTTP first and remembers what it speaks', async () => {
    const { send, seen } = tableTransport({ 'http://127.0.0.1:5000/v2/': { status: 400 } });
    const chosen = chooseScheme(send, { host: '127.0.0.1:5000', insecure: false });
    const request = { method: 'GET', url: new URL('https://127.0.0.1:5000/v2/') } as const;
    await chosen(request);
    await chosen(request);
    expect(seen.map(({ url }) => url.protocol)).toEqual(['http:', 'https:', 'https:']);
  });

  test('keeps port 80 when the scheme changes', async () => {
    const { send, seen } = tableTransport({});
    await chooseScheme(send, { host: 'localhost', insecure: false })({
      method: 'GET',
      url: new URL('https://localhost/v2/'),
    });
    expect(seen[0]?.url.href).toBe('http://localhost/v2/');
  });

  test.each(['registry.example', '10.0.0.1:5000', '127.0.0.1.example', 'localhost.example'])(
    'asks %s over HTTPS only',
    async (host) => {
      const { send, seen } = tableTransport({ [`https://${host}/v2/`]: { status: 400 } });
      await chooseScheme(send, { host, insecure: false })({ method: 'GET', url: new URL(`https://${host}/v2/`) });
      expect(seen.map(({ url }) => url.protocol)).toEqual(['https:']);
    },
  );

  test('asks a registry named insecure over HTTPS first, then over HTTP (RUN-09)', async () => {
    const { send, seen } = tableTransport({});
    const noTls: Transport = async (request) => {
      if (request.url.protocol === 'http:') return send(request);
      seen.push(request);
      throw networkError(request, Object.assign(new Error('wrong version'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }));
    };
    const chosen = chooseScheme(noTls, { host: 'registry.example:5000', insecure: true });
    const request = { method: 'GET', url: new URL('https://registry.example:5000/v2/') } as const;
    await chosen(request);
    await chosen(request);
    expect(seen.map(({ url }) => url.protocol)).toEqual(['https:', 'http:', 'http:']);
  });

  test('does not fall back when the certificate is wrong or nobody answers', async () => {
    for (const code of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ECONNREFUSED', 'ENOTFOUND']) {
      const seen: string[] = [];
      const failing: Transport = async (request) => {
        seen.push(request.url.protocol);
        throw networkError(request, Object.assign(new Error(code), { code }));
      };
      const chosen = chooseScheme(failing, { host: 'registry.example', insecure: true });
      // oxlint-disable-next-line no-await-in-loop
      await expect(chosen({ method: 'GET', url: new URL('https://registry.example/v2/') })).rejects.toThrow(
        'Cannot reach',
      );
      expect(seen).toEqual(['https:']);
    }
  });
});

describe('undiciTransport()', () => {
  test('refuses plain HTTP to another machine, unless it was named insecure (RUN-09)', async () => {
    const request = { method: 'GET', url: new URL('http://registry.invalid:5000/v2/') } as const;
    await expect(undiciTransport({ env: {} })(request)).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    const insecureHosts = new Set(['registry.invalid:5000']);
    await expect(undiciTransport({ env: {}, insecureHosts })(request)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
    });
  });

  test('goes through a proxy for other machines, with its password, and never for this one', async () => {
    const tunnels: string[] = [];
    const proxy = await listening(createServer());
    proxy.on('connect', (request, socket: Socket) => {
      tunnels.push(`${request.url} ${request.headers['proxy-authorization']}`);
      socket.end('HTTP/1.1 407 No\r\n\r\n');
    });
    const env = { HTTPS_PROXY: `http://u:Proxy-Secret@127.0.0.1:${portOf(proxy)}`, NO_PROXY: 'direct.invalid' };
    const send = undiciTransport({ env });
    const refused = send({ method: 'GET', url: new URL('https://registry.invalid/v2/') });
    await expect(refused).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: 'Cannot reach registry.invalid: the proxy refused the connection with status 407',
    });
    expect(tunnels).toEqual([`registry.invalid:443 Basic ${Buffer.from('u:Proxy-Secret').toString('base64')}`]);
    const direct = send({ method: 'GET', url: new URL('https://direct.invalid/') });
    await expect(direct).rejects.toMatchObject({ message: expect.stringMatching(/host name/) });

    const local = await listening(createServer((_request, response) => response.end('here')));
    const answer = await send({ method: 'GET', url: new URL(`http://127.0.0.1:${portOf(local)}/`) });
    expect(String(await readBody(answer, 100))).toBe('here');
    expect(tunnels).toHaveLength(1);
  });

  test.each([{ HTTPS_PROXY: 'http://Proxy-Secret:x@' }, { HTTPS_PROXY: 'socks5://Proxy-Secret@host' }])(
    'does not show the password of a proxy that it cannot use',
    async (env) => {
      const error = await undiciTransport({ env })({ method: 'GET', url: new URL('https://registry.invalid/') }).then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
      expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
      expect(`${error?.message}${error?.stack}`).not.toContain('Proxy-Secret');
    },
  );

  test('names the file of certificates that it cannot read', async () => {
    const send = undiciTransport({ env: { SSL_CERT_FILE: '/nonexistent.pem' } });
    await expect(send({ method: 'GET', url: new URL('https://registry.invalid/') })).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      message: expect.stringContaining('/nonexistent.pem'),
      hint: expect.stringContaining('SSL_CERT_FILE'),
    });
  });

  test('gives up on a server that says nothing, and on one that stops in the middle', async () => {
    const silent = createTcpServer();
    const server = await listening(silent);
    const send = undiciTransport({ env: {}, idleTimeoutMs: 200 });
    const url = new URL(`http://127.0.0.1:${portOf(server)}/`);
    await expect(send({ method: 'GET', url })).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringMatching(/no answer in time/),
    });
    silent.on('connection', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'));
    // Long enough for the half to arrive on a busy machine.
    const answer = await undiciTransport({ env: {}, idleTimeoutMs: 1500 })({ method: 'GET', url });
    await expect(readBody(answer, 100)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });

  test('lets go of the connection when nobody reads the answer', async () => {
    let closed = 0;
    const server = await listening(
      createServer((_request, response) => {
        response.writeHead(200);
        response.on('close', () => (closed += 1));
        const write = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
          response.once('drain', write);
        };
        write();
      }),
    );
    const answer = await undiciTransport({ env: {} })({
      method: 'GET',
      url: new URL(`http://127.0.0.1:${portOf(server)}/`),
    });
    answer.body.destroy();
    await expect.poll(() => closed).toBe(1);
  });
});

async function listening<T extends Server | ReturnType<typeof createTcpServer>>(server: T): Promise<T> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return server;
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}
