import { TsbuildpackError } from '../errors.ts';
import type { Challenge } from './challenge.ts';
import type { Credential } from './credentials.ts';
import { basicValue } from './credentials.ts';
import type { HttpRequest, Transport } from './http.ts';
import { isLoopback, readBody, redactedUrl } from './http.ts';
import { answerError } from './registry-error.ts';

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  /** Where the challenge came from. */
  readonly registryUrl: URL;
  /** A token server without TLS is allowed there, because the registry itself was named insecure. */
  readonly insecureHosts: ReadonlySet<string>;
  readonly secrets: readonly string[];
  readonly deniedHint: string;
}

export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

const maxTokenBytes = 1 << 20;
/** What a token without `expires_in` lives: https://distribution.github.io/distribution/spec/auth/token/ */
const defaultLifetimeSeconds = 60;

/**
 * Asks the token server that a registry named — https://distribution.github.io/distribution/spec/auth/token/. Its address has to be
 * https, or a loopback address when the registry is on one too.
 */
export async function fetchToken(send: Transport, wish: TokenRequest): Promise<Token> {
  const realm = checkedRealm(wish);
  const request =
    wish.credential?.kind === 'identity-token' ? exchange(realm, wish, wish.credential.token) : ask(realm, wish);
  const action = `Cannot get a token for ${wish.registryUrl.host}`;
  const response = await send(request);
  if (response.status !== 200) {
    throw await answerError(request, response, { action, secrets: wish.secrets, deniedHint: wish.deniedHint });
  }
  return parseToken(await readBody(response, maxTokenBytes), `${action}: ${realm.host}`);
}

function checkedRealm(wish: TokenRequest): URL {
  const text = wish.challenge.parameters['realm'] ?? '';
  const { host } = wish.registryUrl;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') throw badRealm(host, 'names no token server');
  const local = isLoopback(url) && isLoopback(wish.registryUrl);
  if (url.protocol === 'https:') return url;
  if (url.protocol === 'http:' && (local || wish.insecureHosts.has(url.host))) return url;
  throw badRealm(host, `sends us to ${redactedUrl(url)}, which is not https`);
}

function badRealm(host: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('REGISTRY_REFUSED', `Cannot get a token for ${host}: the registry ${problem}`);
}

function ask(realm: URL, { challenge, scopes, credential }: TokenRequest): HttpRequest {
  const url = new URL(realm);
  const { service } = challenge.parameters;
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential?.kind !== 'basic') return { method: 'GET', url };
  url.searchParams.set('account', credential.username);
  return { method: 'GET', url, headers: { authorization: `Basic ${basicValue(credential)}` } };
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
function exchange(url: URL, { challenge, scopes }: TokenRequest, refreshToken: string): HttpRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'tsbuildpack',
    service: challenge.parameters['service'] ?? '',
    scope: scopes.join(' '),
    refresh_token: refreshToken,
  });
  const bytes = Buffer.from(form.toString());
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { sizeBytes: bytes.length, open: async () => bytes },
  };
}

function parseToken(body: Buffer | undefined, action: string): Token {
  let document: unknown;
  try {
    document = JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    document = undefined;
  }
  const members = new Map<string, unknown>(
    typeof document === 'object' && document !== null ? Object.entries(document) : [],
  );
  const value = members.get('token') ?? members.get('access_token');
  // Anything else could not be put into a header, or would add one.
  if (typeof value !== 'string' || !/^[\u0021-\u007e]+$/.test(value)) {
    throw new TsbuildpackError('REGISTRY_REFUSED', `${action} answered without a token`);
  }
  const seconds = members.get('expires_in');
  const lifetime = typeof seconds === 'number' && seconds >= defaultLifetimeSeconds ? seconds : defaultLifetimeSeconds;
  return { value, lifetimeMs: lifetime * 1000 };
}
