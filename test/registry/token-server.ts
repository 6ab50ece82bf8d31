import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface TokenServerOptions {
  readonly username: string;
  readonly password: string;
  /** A refresh token that is as good as the password. */
  readonly identityToken?: string;
  /** What strangers may do. @default ['pull'] */
  readonly anonymousActions?: readonly string[];
  /** Repositories that nobody may touch: their scopes are left out of the token. */
  readonly forbidden?: readonly string[];
  /** Makes a token of what was granted. @default random, known to `grants` */
  readonly issue?: (grants: readonly Grant[]) => string;
  readonly expiresIn?: number;
}

export interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface TokenServer {
  readonly realm: string;
  /** Every request: its scopes, and whether it came with a name. */
  readonly requests: {
    readonly method: string;
    readonly scopes: readonly string[];
    readonly authorization: string | undefined;
  }[];
  /** What a token allows. */
  grants(token: string): readonly Grant[] | undefined;
  /** Makes every token that was issued worthless. */
  revokeAll(): void;
}

/** A token server as the distribution project specifies it; it stops with the test. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const issued = new Map<string, readonly Grant[]>();
  const requests: TokenServer['requests'] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams;
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '));
    const { authorization } = request.headers;
    requests.push({ method: request.method ?? '', scopes, authorization });
    const who = identify(authorization, form.get('refresh_token'), options);
    if (who === 'nobody') {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ details: `incorrect username or password: ${authorization ?? ''}` }));
      return;
    }
    const allowed = who === 'user' ? ['pull', 'push', 'delete'] : (options.anonymousActions ?? ['pull']);
    const granted = scopes.map(parseScope).map((scope) => ({
      ...scope,
      actions: options.forbidden?.includes(scope.name)
        ? []
        : scope.actions.filter((action) => allowed.includes(action)),
    }));
    const token = options.issue?.(granted) ?? randomBytes(24).toString('base64url');
    issued.set(token, granted);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token, expires_in: options.expiresIn ?? 300 }));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    requests,
    grants: (token) => issued.get(token),
    revokeAll: () => issued.clear(),
  };
}

function identify(
  authorization: string | undefined,
  refreshToken: string | null,
  options: TokenServerOptions,
): 'user' | 'stranger' | 'nobody' {
  if (refreshToken !== null) return refreshToken === options.identityToken ? 'user' : 'nobody';
  if (authorization === undefined) return 'stranger';
  const wanted = Buffer.from(`${options.username}:${options.password}`).toString('base64');
  return authorization === `Basic ${wanted}` ? 'user' : 'nobody';
}

function parseScope(scope: string): Grant {
  const [type = '', name = '', actions = ''] = scope.split(':');
  return { type, name, actions: actions.split(',') };
}
