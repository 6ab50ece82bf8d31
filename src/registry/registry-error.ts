import type { ErrorCode } from '../errors.ts';
import { TsbuildpackError } from '../errors.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { readBody, redactedUrl, smallBodyBytes } from './http.ts';

/** What a registry answered instead of what was asked for: the cause of an error, for who wants to look at it. */
export interface RegistryAnswer {
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  readonly status: number;
  readonly errors: readonly RegistryErrorEntry[];
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
}

export interface AnswerContext {
  /** `Cannot pull "ghcr.io/a/b:1"` */
  readonly action: string;
  /** Texts that must not be shown, whoever sends them back to us. */
  readonly secrets?: readonly string[];
  /** What to do when access was denied. */
  readonly deniedHint?: string;
}

/** Makes an error of an answer that is no success; reads its body. */
export async function answerError(
  request: HttpRequest,
  response: HttpResponse,
  context: AnswerContext,
): Promise<TsbuildpackError> {
  const errors = await errorEntries(response, context.secrets ?? []);
  const url = redactedUrl(response.url);
  const { status } = response;
  const answer: RegistryAnswer = { method: request.method, url, status, errors };
  const said = errors.map(({ code, message }) => (message === '' ? code : `${code}: ${message}`)).join('; ');
  const code = codeOf(status);
  const hint = code === 'REGISTRY_DENIED' ? context.deniedHint : hints[code];
  return new TsbuildpackError(
    code,
    `${context.action}: ${response.url.host} answered ${status}${said === '' ? '' : ` (${said})`}`,
    { detail: `${request.method} ${url}`, cause: answer, ...(hint === undefined ? {} : { hint }) },
  );
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'REGISTRY_DENIED';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'REGISTRY_UNAVAILABLE';
  return 'REGISTRY_REFUSED';
}

const hints: Partial<Record<ErrorCode, string>> = {
  REGISTRY_UNAVAILABLE: 'Try again later; the registry is overloaded, limits requests or has a fault',
};

async function errorEntries(
  response: HttpResponse,
  secrets: readonly string[],
): Promise<readonly RegistryErrorEntry[]> {
  const body = await readBody(response, smallBodyBytes).catch(() => undefined);
  let document: unknown;
  try {
    document = JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return [];
  }
  if (typeof document !== 'object' || document === null) return [];
  const list: unknown = 'errors' in document ? document.errors : [document];
  if (!Array.isArray(list)) return [];
  return list.slice(0, 5).flatMap((entry: unknown) => errorEntry(entry, secrets));
}

function errorEntry(entry: unknown, secrets: readonly string[]): readonly RegistryErrorEntry[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const members = new Map<string, unknown>(Object.entries(entry));
  const text = (key: string): string => {
    const value = members.get(key);
    return typeof value === 'string' ? shown(value, secrets) : '';
  };
  const code = text('code');
  // Token servers and proxies have forms of their own.
  const message = text('message') || text('details') || text('error_description') || text('error');
  return code === '' && message === '' ? [] : [{ code: code || 'error', message }];
}

/** Text of a stranger, made fit for a terminal, without anything that we keep secret. */
function shown(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) result = result.replaceAll(secret, '***');
  // oxlint-disable-next-line no-control-regex
  result = result.replaceAll(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]+/g, ' ').trim();
  return result.length > 300 ? `${result.slice(0, 300)}…` : result;
}

/** Makes an error of a request that got no answer, or of an answer that broke off. Errors of our own pass as they are. */
export function networkError(request: HttpRequest, error: unknown): unknown {
  if (error instanceof TsbuildpackError) return error;
  const networkCode = deepestCode(error);
  const { code, problem, hint } = explain(error, networkCode, request.url);
  const failure: NetworkFailure = { networkCode };
  return new TsbuildpackError(code, `Cannot reach ${request.url.host}: ${problem}`, {
    detail: `${request.method} ${redactedUrl(request.url)}`,
    hint,
    cause: failure,
  });
}

/** The cause of an error for a request that got no answer. */
export interface NetworkFailure {
  /** Of the operating system, OpenSSL or undici: `ECONNREFUSED`; empty when there is none. */
  readonly networkCode: string;
}

export function networkCodeOf(error: unknown): string | undefined {
  if (!(error instanceof TsbuildpackError) || typeof error.cause !== 'object' || error.cause === null) return undefined;
  return 'networkCode' in error.cause && typeof error.cause.networkCode === 'string'
    ? error.cause.networkCode
    : undefined;
}

interface Explanation {
  readonly code: ErrorCode;
  readonly problem: string;
  readonly hint: string;
}

const checkHint = 'Check the name of the registry, the network and the proxy (HTTPS_PROXY, NO_PROXY), and try again';
const certificateHint =
  'When the registry or a proxy has a certificate of your own authority, set NODE_EXTRA_CA_CERTS (or SSL_CERT_FILE) to a file with it';

const problems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENETUNREACH: 'there is no way to that network',
  EHOSTUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'there was no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'there was no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'there was no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
  UND_ERR_SOCKET: 'the connection was cut',
};

function explain(error: unknown, code: string, url: URL): Explanation {
  if (/CERT|SELF_SIGNED|ALTNAME|ISSUER|UNABLE_TO_VERIFY/.test(code)) {
    return { code: 'REGISTRY_REFUSED', problem: `its certificate is not trusted (${code})`, hint: certificateHint };
  }
  const proxyStatus = /Proxy response \((\d{3})\)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (proxyStatus !== undefined) {
    const problem = `the proxy refused the connection with status ${proxyStatus}`;
    return { code: 'REGISTRY_REFUSED', problem, hint: 'Check HTTPS_PROXY and NO_PROXY' };
  }
  if (/^ERR_SSL|^EPROTO$/.test(code)) {
    return { code: 'REGISTRY_REFUSED', problem: `it does not speak TLS on port ${url.port || '443'}`, hint: checkHint };
  }
  const problem = problems[code] ?? `the connection failed${code === '' ? '' : ` (${code})`}`;
  return { code: 'REGISTRY_UNAVAILABLE', problem, hint: checkHint };
}

/** undici wraps what the operating system said. */
function deepestCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return deepestCode(inner) || (systemErrorCode(error) ?? '');
}
