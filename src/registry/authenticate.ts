import type { Challenge } from './challenge.ts';
import { parseChallenges } from './challenge.ts';
import type { Credential, CredentialLookup, FindCredential } from './credentials.ts';
import { basicValue, secretsOf } from './credentials.ts';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import { discardBody } from './http.ts';
import type { Token } from './token.ts';
import { fetchToken } from './token.ts';

export interface AuthenticateOptions {
  /** `HOST[:PORT]`, as in references. */
  readonly registry: string;
  /** Where its API answers. */
  readonly origin: URL;
  readonly findCredential: FindCredential;
  /** Sends to token servers: their addresses are whole. */
  readonly sendElsewhere: Transport;
  readonly insecureHosts: ReadonlySet<string>;
  readonly now: () => number;
}

/** A token is not used in its last seconds: it has to live until the registry looks at it. */
const expiryMarginMs = 10_000;

/**
 * Sends requests to one registry as who we are for it. Answers its challenges: Basic, or Bearer with a token server. Nothing is sent
 * before a challenge asked for it, and nothing to another host, wherever a request goes or ends up. Tokens are kept until they expire.
 */
export class Authenticated {
  readonly #send: Transport;
  readonly #options: AuthenticateOptions;
  readonly #tokens = new Map<string, Promise<Token & { readonly untilMs: number }>>();
  readonly #issued = new Set<string>();
  #challenge: Challenge | undefined;
  #lookup: CredentialLookup | undefined;
  #askedAtDoor = false;

  constructor(send: Transport, options: AuthenticateOptions) {
    this.#send = send;
    this.#options = options;
  }

  /** What must not be shown to anybody. */
  secrets(): readonly string[] {
    return [...this.#issued, ...(this.#lookup?.found === true ? secretsOf(this.#lookup.credential) : [])];
  }

  /** What to do after access was denied. */
  deniedHint(): string {
    return hintFor(this.#options.registry, this.#lookup);
  }

  /** `scopes`: what a token has to allow, such as `repository:a/b:pull,push`. */
  async send(request: HttpRequest, scopes: readonly string[]): Promise<HttpResponse> {
    // A registry may have blobs uploaded elsewhere: who we are for it is nobody else's business.
    if (request.url.host !== this.#options.origin.host) return this.#send(request);
    const first = await this.#authorization(scopes);
    const response = await this.#send(withAuthorization(request, first));
    const askedScopes = await this.#learn(response, first === undefined);
    if (askedScopes === undefined) return response;
    const all = [...new Set([...scopes, ...askedScopes])];
    // A token may have been taken back before its time; another one is asked for once.
    if (first !== undefined) this.#tokens.delete(keyOf(all));
    const second = await this.#authorization(all);
    if (second === undefined || second === first) return response;
    await discardBody(response);
    return this.#send(withAuthorization(request, second));
  }

  async #authorization(scopes: readonly string[]): Promise<string | undefined> {
    if (this.#challenge === undefined) return undefined;
    const own = await this.#credential();
    if (own?.kind === 'bearer') return `Bearer ${own.token}`;
    if (this.#challenge.scheme === 'bearer') return `Bearer ${await this.#token(scopes, this.#challenge)}`;
    return own?.kind === 'basic' ? `Basic ${basicValue(own)}` : undefined;
  }

  async #credential(): Promise<Credential | undefined> {
    this.#lookup ??= await this.#options.findCredential(this.#options.registry);
    return this.#lookup.found ? this.#lookup.credential : undefined;
  }

  async #token(scopes: readonly string[], challenge: Challenge): Promise<string> {
    const { insecureHosts, sendElsewhere, origin, now } = this.#options;
    const key = keyOf(scopes);
    const known = await this.#tokens.get(key)?.catch(() => undefined);
    if (known !== undefined && known.untilMs > now()) return known.value;
    const wish = { challenge, scopes, credential: await this.#credential(), registryUrl: origin, insecureHosts };
    const shown = { secrets: this.secrets(), deniedHint: this.deniedHint() };
    const dated = fetchToken(sendElsewhere, { ...wish, ...shown }).then((token) => ({
      ...token,
      untilMs: now() + token.lifetimeMs - expiryMarginMs,
    }));
    this.#tokens.set(key, dated);
    const { value } = await dated;
    this.#issued.add(value);
    return value;
  }

  /** The scopes of a challenge that gives a reason to try once more; undefined when the answer stands. */
  async #learn(response: HttpResponse, wasAnonymous: boolean): Promise<readonly string[] | undefined> {
    const asked = response.status === 401 ? usableChallenge(response, this.#options.origin) : undefined;
    if (asked !== undefined) {
      this.#challenge = asked;
      return scopesOf(asked);
    }
    if (!wasAnonymous || (response.status !== 404 && response.status !== 403)) return undefined;
    return (await this.#askAtDoor()) ? [] : undefined;
  }

  /** Registries may hide from strangers what is there: 404 instead of a challenge. Their front door tells how to log in. */
  async #askAtDoor(): Promise<boolean> {
    if (this.#askedAtDoor || this.#challenge !== undefined || (await this.#credential()) === undefined) return false;
    this.#askedAtDoor = true;
    const { origin } = this.#options;
    const response = await this.#send({ method: 'GET', url: new URL('/v2/', origin) });
    await discardBody(response);
    if (response.status === 401) this.#challenge = usableChallenge(response, origin);
    return this.#challenge !== undefined;
  }
}

function keyOf(scopes: readonly string[]): string {
  return scopes.toSorted().join(' ');
}

function withAuthorization(request: HttpRequest, authorization: string | undefined): HttpRequest {
  return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
}

/** The first challenge that can be answered. One of another host (where a redirect led) is not for us. */
function usableChallenge(response: HttpResponse, origin: URL): Challenge | undefined {
  if (response.url.host !== origin.host) return undefined;
  const challenges = parseChallenges(response.headers['www-authenticate'] ?? '');
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find(({ scheme }) => scheme === 'basic');
}

/** Scopes stand in one parameter, parted by spaces. */
function scopesOf(challenge: Challenge | undefined): readonly string[] {
  return (challenge?.parameters['scope'] ?? '').split(' ').filter((scope) => scope !== '');
}

function hintFor(registry: string, lookup: CredentialLookup | undefined): string {
  if (lookup?.found === true) {
    return `The credentials for ${registry} in ${lookup.where} were sent: log in again, or ask for the right to this repository`;
  }
  if (lookup?.helper !== undefined) {
    return `The credentials for ${registry} are kept by docker-credential-${lookup.helper}, which this version does not ask: set CNB_REGISTRY_AUTH`;
  }
  const searched = lookup === undefined ? '' : ` (searched: ${lookup.searched.join(', ')})`;
  return `No credentials for ${registry} were found${searched}: log in with "docker login ${registry}" or set CNB_REGISTRY_AUTH; check the name too`;
}
