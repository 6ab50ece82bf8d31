import { followRedirects, TsbuildpackError, undiciTransport } from '../../src/buildpack/builtin.ts';
import type { OpenUrl, ProxyEntry } from './module-proxy.ts';
import { openFileOr } from './module-proxy.ts';
import { netrcLogin, netrcPath } from './netrc.ts';

export interface OpenUrlOptions {
  /** Proxies, certificates and HOME are taken from here. */
  readonly hostEnv: Readonly<Record<string, string>>;
  readonly proxies: readonly ProxyEntry[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens addresses with the user's proxies, certificates and `.netrc`. A module proxy that GOPROXY names as http:// is asked over plain
 * HTTP, as the go command does: what comes from it is checked against the checksum database.
 */
export function openUrlFor({ hostEnv, proxies, signal }: OpenUrlOptions): OpenUrl {
  const plain = proxies
    .filter(({ url }) => url.startsWith('http:') && URL.canParse(url))
    .map(({ url }) => new URL(url).host);
  const send = followRedirects(undiciTransport({ env: hostEnv, insecureHosts: new Set(plain), signal }));
  return openFileOr(async (text) => {
    const { url, headers } = withCredentials(text, netrcPath(hostEnv));
    try {
      const response = await send({ method: 'GET', url, headers });
      if (response.status === 200) return response.body;
      response.body.destroy();
      if (response.status === 404 || response.status === 410) return undefined;
      throw refusal(url, response.status);
    } catch (error) {
      throw forModules(error);
    }
  });
}

function withCredentials(text: string, netrc: string | undefined): { url: URL; headers: Record<string, string> } {
  if (!URL.canParse(text)) {
    throw new TsbuildpackError(
      'INVALID_INPUT',
      'Cannot ask a module proxy: GOPROXY holds something that is no address',
      {
        hint: 'Write it as GOPROXY=https://HOST,direct',
      },
    );
  }
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const own =
    username === '' ? undefined : { login: decodeURIComponent(username), password: decodeURIComponent(password) };
  const found = own ?? netrcLogin(netrc, url);
  if (found === undefined) return { url, headers: {} };
  const basic = Buffer.from(`${found.login}:${found.password}`, 'utf8').toString('base64');
  return { url, headers: { authorization: `Basic ${basic}` } };
}

function refusal(url: URL, status: number): TsbuildpackError {
  const message = `Cannot get what was asked for from ${url.host}: it answered ${status}`;
  const isDenied = status === 401 || status === 403;
  const hint = isDenied
    ? `Put the user name and password for ${url.hostname} into ~/.netrc, or set GOPROXY to another module proxy`
    : 'Try again later, or set GOPROXY to another module proxy';
  return new TsbuildpackError(
    status >= 500 || status === 429 ? 'NETWORK_UNAVAILABLE' : 'TOOLCHAIN_UNAVAILABLE',
    message,
    {
      detail: `GET ${url.origin}${url.pathname}`,
      hint,
    },
  );
}

/** The transport speaks of registries, for which it was made. */
function forModules(error: unknown): unknown {
  if (!(error instanceof TsbuildpackError) || !error.code.startsWith('REGISTRY_')) return error;
  const code = error.code === 'REGISTRY_UNAVAILABLE' ? 'NETWORK_UNAVAILABLE' : 'TOOLCHAIN_UNAVAILABLE';
  return new TsbuildpackError(code, error.message, {
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    hint: 'Check GOPROXY, the network, its proxy (HTTPS_PROXY, NO_PROXY) and its certificates (SSL_CERT_FILE)',
    cause: error,
  });
}
