import { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import { followRedirects } from '../registry/follow-redirects.ts';
import type { HttpRequest, HttpResponse, Transport } from '../registry/http.ts';
import { discardBody, isLoopback } from '../registry/http.ts';
import { undiciTransport } from '../registry/undici-transport.ts';
import type { AptNetwork } from './apt-network.ts';
import { readAptNetwork } from './apt-network.ts';
import type { OpenFile } from './open-file.ts';
import { openFileOr } from './open-file.ts';
import { shownAddress } from './shown-address.ts';

export interface MirrorTransportOptions {
  /** Proxies and certificates, where apt has none of its own. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose proxies and logins are used. @default '/etc/apt' */
  readonly aptDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens addresses of mirrors as apt of this machine does: with its proxies and logins. Plain HTTP is for anybody, because what comes is
 * checked against signed sums. Files are read from disk.
 */
export function mirrorTransport({ env, aptDir = '/etc/apt', signal }: MirrorTransportOptions): OpenFile {
  let network: AptNetwork | undefined;
  const apt = (): AptNetwork => (network ??= readAptNetwork(aptDir));
  const transports = new Map<string, Transport>();
  const send = followRedirects(async (request) => await transportFor(request.url)(request));
  function transportFor(url: URL): Transport {
    const proxy = apt().proxyFor(url);
    const key = `${url.protocol}//${url.host} ${proxy ?? ''}`;
    const transport = transports.get(key) ?? undiciTransport(transportOptions(url, proxy));
    transports.set(key, transport);
    return transport;
  }
  function transportOptions(url: URL, proxy: string | undefined): Parameters<typeof undiciTransport>[0] {
    // Each scheme has its own: over https the certificate counts.
    const insecureHosts = new Set(url.protocol === 'http:' && !isLoopback(url) ? [url.host] : []);
    return { env: withProxy(env, proxy), insecureHosts, signal };
  }
  return openFileOr(async (address) => {
    const request = requestFor(address, apt());
    try {
      return bodyOf(request, await send(request));
    } catch (error) {
      throw forMirrors(error);
    }
  });
}

const variables = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];

function withProxy(env: MirrorTransportOptions['env'], proxy: string | undefined): MirrorTransportOptions['env'] {
  if (proxy === undefined) return env;
  const value = proxy === 'direct' ? '' : proxy;
  return { ...env, ...Object.fromEntries(variables.map((name) => [name, value])) };
}

function requestFor(address: string, apt: AptNetwork): HttpRequest {
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new TsbuildpackError(
      'PACKAGES_UNAVAILABLE',
      `Cannot ask for "${shownAddress(address)}": it is no http, https or file address`,
      {
        hint: 'Name a mirror with --debian-mirror, for example https://HOST/debian',
      },
    );
  }
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const own =
    username === '' ? undefined : { login: decodeURIComponent(username), password: decodeURIComponent(password) };
  const found = own ?? apt.loginFor(url);
  if (found === undefined) return { method: 'GET', url };
  const basic = Buffer.from(`${found.login}:${found.password}`, 'utf8').toString('base64');
  return { method: 'GET', url, headers: { authorization: `Basic ${basic}` } };
}

async function bodyOf(request: HttpRequest, response: HttpResponse): Promise<Readable | undefined> {
  const { status, url } = response;
  if (status === 200) return explained(response.body);
  await discardBody(response);
  if (status === 404 || status === 410) return undefined;
  const isBusy = status >= 500 || status === 429 || status === 408;
  const isDenied = status === 401 || status === 403 || status === 407;
  throw new TsbuildpackError(
    isBusy ? 'NETWORK_UNAVAILABLE' : 'PACKAGES_UNAVAILABLE',
    `Cannot get what was asked for from ${url.host}: it answered ${status}`,
    {
      detail: `GET ${shownAddress(request.url.href)}`,
      hint: isDenied
        ? `Put the user name and password for ${url.hostname} into a file of /etc/apt/auth.conf.d, or name another mirror with --debian-mirror`
        : 'Try again later, or name another mirror with --debian-mirror',
    },
  );
}

/** A body that breaks off fails with an error that retrying understands. */
function explained(body: Readable): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    const source: AsyncIterable<Buffer> = body;
    try {
      yield* source;
    } catch (error) {
      throw forMirrors(error);
    }
  }
  const result = Readable.from(chunks(), { objectMode: false });
  // Destroyed before it was read, the generator never starts.
  result.once('close', () => body.destroy());
  return result;
}

/** The transport speaks of registries, for which it was made. */
function forMirrors(error: unknown): unknown {
  if (!(error instanceof TsbuildpackError) || !error.code.startsWith('REGISTRY_')) return error;
  const code = error.code === 'REGISTRY_UNAVAILABLE' ? 'NETWORK_UNAVAILABLE' : 'PACKAGES_UNAVAILABLE';
  return new TsbuildpackError(code, error.message, {
    ...(error.detail !== undefined && { detail: error.detail }),
    hint: "Check the mirror's name, the network, the proxy (Acquire::http::Proxy of apt, HTTPS_PROXY, NO_PROXY) and its certificates (SSL_CERT_FILE)",
    cause: error,
  });
}
