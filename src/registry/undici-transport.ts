import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Dispatcher, request as sendRequest } from 'undici';
import { TsbuildpackError } from '../errors.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { HttpBody, HttpRequest, HttpResponse, Transport } from './http.ts';
import { isLoopback, redactedUrl } from './http.ts';
import { networkError } from './registry-error.ts';

export interface UndiciTransportOptions {
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY (also in lower case), SSL_CERT_FILE and NODE_EXTRA_CA_CERTS are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `HOST[:PORT]` of registries for which certificates are not checked and plain HTTP is allowed. */
  readonly insecureHosts?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any progress after which a request fails. Uploads get five times as long: a registry may copy a blob first. @default 60000 */
  readonly idleTimeoutMs?: number;
}

/**
 * The transport that really sends. Plain HTTP goes to loopback addresses and hosts named insecure only. Loopback addresses are
 * never asked through a proxy. undici is loaded with the first request.
 */
export function undiciTransport(options: UndiciTransportOptions): Transport {
  const { env, insecureHosts = new Set(), signal, idleTimeoutMs = 60_000 } = options;
  let loading: Promise<Agents> | undefined;
  return async (request) => {
    signal?.throwIfAborted();
    refusePlainHttp(request, insecureHosts);
    loading ??= loadAgents(env);
    const agents = await loading;
    const body = await openBody(request.body);
    try {
      const answer = await agents.send(request.url, {
        method: request.method,
        headers: headersOf(request),
        body: body.content,
        dispatcher: agents.agentFor(request.url, insecureHosts),
        headersTimeout: request.body === undefined ? idleTimeoutMs : 5 * idleTimeoutMs,
        bodyTimeout: idleTimeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      return responseOf(request, answer);
    } catch (error) {
      signal?.throwIfAborted();
      // What went wrong with our own bytes is no failure of the network.
      throw body.failure() ?? networkError(request, error);
    }
  };
}

interface Agents {
  readonly send: typeof sendRequest;
  agentFor(url: URL, insecureHosts: ReadonlySet<string>): Dispatcher;
}

async function loadAgents(env: UndiciTransportOptions['env']): Promise<Agents> {
  // The default: in the bundle, which splits, a CommonJS package has no other names when it is imported late.
  const { Agent, EnvHttpProxyAgent, request } = (await import('undici')).default;
  const tls = await certificates(env);
  const proxies = proxySettings(env);
  const through = (connect: Tls): Dispatcher =>
    // Plain HTTP goes to a proxy as whole addresses, as curl and apt send it: caches of packages take no CONNECT.
    new EnvHttpProxyAgent({ connect, requestTls: connect, proxyTls: connect, proxyTunnel: false, ...proxies });
  const timeout = 20_000;
  const direct = new Agent({ connect: { timeout, ...tls } });
  const viaEnvironment = through({ timeout, ...tls });
  const unchecked = through({ timeout, ...tls, rejectUnauthorized: false });
  return {
    send: request,
    agentFor(url, insecureHosts): Dispatcher {
      if (insecureHosts.has(url.host)) return unchecked;
      return isLoopback(url) ? direct : viaEnvironment;
    },
  };
}

interface Tls {
  readonly timeout: number;
  readonly ca?: string[];
  readonly rejectUnauthorized?: boolean;
}

interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** Empty texts, not absent ones, keep undici from reading the environment of the process. */
function proxySettings(env: UndiciTransportOptions['env']): ProxySettings {
  const read = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? '';
  return {
    httpProxy: proxyUrl('HTTP_PROXY', read('HTTP_PROXY')),
    httpsProxy: proxyUrl('HTTPS_PROXY', read('HTTPS_PROXY')),
    noProxy: read('NO_PROXY'),
  };
}

/** curl and Go also take `proxy.example:3128`. The value may hold a password, so no message shows it. */
function proxyUrl(name: string, value: string): string {
  if (value === '') return '';
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (URL.canParse(url) && /^https?:/i.test(url)) return url;
  throw new TsbuildpackError(
    'SETTINGS_INVALID',
    `Cannot use the proxy of ${name}: its value is no http:// or https:// address`,
    {
      hint: `Set ${name} to http://HOST:PORT, or unset it`,
    },
  );
}

/**
 * As in other tools SSL_CERT_FILE stands in place of the built-in authorities and NODE_EXTRA_CA_CERTS beside them. A list given to
 * TLS replaces what Node had read at its start, so the extra ones are read once more.
 */
async function certificates(env: UndiciTransportOptions['env']): Promise<{ readonly ca?: string[] }> {
  const own = env['SSL_CERT_FILE'];
  const extra = env['NODE_EXTRA_CA_CERTS'];
  if (!own && !extra) return {};
  // Loaded late: reading that list takes milliseconds, which is much for a start without a network.
  const base = own ? [await certificateFile('SSL_CERT_FILE', own)] : (await import('node:tls')).rootCertificates;
  return { ca: [...base, ...(extra ? [await certificateFile('NODE_EXTRA_CA_CERTS', extra)] : [])] };
}

async function certificateFile(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TsbuildpackError('SETTINGS_INVALID', `Cannot read the certificates in "${file}"`, {
      hint: `Correct or unset ${variable}`,
      cause: error,
    });
  }
}

function refusePlainHttp(request: HttpRequest, insecureHosts: ReadonlySet<string>): void {
  const { url } = request;
  if (url.protocol === 'https:') return;
  if (url.protocol === 'http:' && (isLoopback(url) || insecureHosts.has(url.host))) return;
  throw new TsbuildpackError(
    'REGISTRY_REFUSED',
    `Cannot ask ${url.host} over ${url.protocol.slice(0, -1)}: it has to be https`,
    {
      detail: `${request.method} ${redactedUrl(url)}`,
      hint: 'Plain HTTP is for loopback addresses; name a registry without TLS in CNB_INSECURE_REGISTRIES',
    },
  );
}

function headersOf(request: HttpRequest): Record<string, string> {
  const length = request.body?.sizeBytes ?? (request.method === 'POST' ? 0 : undefined);
  return {
    'user-agent': 'tsbuildpack',
    ...request.headers,
    ...(length === undefined ? {} : { 'content-length': String(length) }),
  };
}

interface OpenedBody {
  readonly content: Readable | Uint8Array | null;
  failure(): unknown;
}

async function openBody(body: HttpBody | undefined): Promise<OpenedBody> {
  const content = (await body?.open()) ?? null;
  let failure: unknown;
  if (content instanceof Readable) {
    content.once('error', (error) => {
      // undici destroys the body with its own error when the connection fails.
      if (!/^UND_ERR|^ECONN|^EPIPE/.test(systemErrorCode(error) ?? '')) failure = error;
    });
  }
  return { content, failure: () => failure };
}

function responseOf(request: HttpRequest, answer: Dispatcher.ResponseData): HttpResponse {
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return { status: answer.statusCode, headers, body: explained(request, answer.body), url: request.url };
}

/** A body that breaks off fails with an error that says whose it was. */
function explained(request: HttpRequest, body: Readable): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    const source: AsyncIterable<Buffer> = body;
    try {
      yield* source;
    } catch (error) {
      throw networkError(request, error);
    }
  }
  const result = Readable.from(chunks(), { objectMode: false });
  // Destroyed before it was read, the generator never starts and would leave the connection waiting.
  result.once('close', () => body.destroy());
  body.on('error', () => undefined);
  return result;
}
