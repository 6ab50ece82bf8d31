import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { TokenServer } from './token-server.ts';

export type RegistryAuth =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly server: TokenServer };

/** Answers itself and returns true, or lets the registry answer. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface MemoryRegistryOptions {
  readonly auth?: RegistryAuth;
  /** Looks at every request first: for lies, delays and redirects. */
  readonly intercept?: Intercept;
  /** How uploads are told where to go. @default 'relative' */
  readonly location?: 'relative' | 'absolute';
  /** Another server for uploads, which takes them. */
  readonly uploadHost?: string;
  /** Takes uploads that were opened elsewhere. */
  readonly acceptsForeignUploads?: boolean;
  /** @default true */
  readonly canMount?: boolean;
  /** Reading needs no name. @default false */
  readonly publicRead?: boolean;
  /** Tells the digest in answers. @default true */
  readonly tellsDigest?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A registry of the OCI distribution specification that keeps everything in memory and counts what it is asked. */
export interface MemoryRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly requests: SeenRequest[];
  /** `METHOD path` of requests that match, authorized ones only when there is authentication. */
  seen(pattern: RegExp): readonly string[];
  readonly blobs: Map<string, Map<string, Buffer>>;
  readonly manifests: Map<string, Map<string, StoredManifest>>;
  putBlob(repository: string, bytes: Uint8Array): string;
  putManifest(
    repository: string,
    name: string,
    manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
  ): string;
}

export async function startMemoryRegistry(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
  const state = new State(options);
  const server = createServer((request, response) => {
    state.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  state.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

class State implements MemoryRegistry {
  host = '';
  readonly requests: SeenRequest[] = [];
  readonly blobs = new Map<string, Map<string, Buffer>>();
  readonly manifests = new Map<string, Map<string, StoredManifest>>();
  readonly #options: MemoryRegistryOptions;
  readonly #uploads = new Set<string>();

  constructor(options: MemoryRegistryOptions) {
    this.#options = options;
  }

  seen(pattern: RegExp): readonly string[] {
    return this.requests
      .filter(({ authorization }) => this.#options.auth === undefined || authorization !== undefined)
      .map(({ method, path }) => `${method} ${path}`)
      .filter((line) => pattern.test(line));
  }

  putBlob(repository: string, bytes: Uint8Array): string {
    const digest = sha256(bytes);
    folder(this.blobs, repository).set(digest, Buffer.from(bytes));
    return digest;
  }

  putManifest(
    repository: string,
    name: string,
    manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
  ): string {
    const stored = { mediaType: manifest.mediaType, bytes: Buffer.from(manifest.bytes) };
    const digest = sha256(stored.bytes);
    folder(this.manifests, repository).set(digest, stored).set(name, stored);
    return digest;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '/', `http://${this.host}`);
    this.requests.push({ method, path: `${url.pathname}${url.search}`, authorization: headers.authorization });
    if (this.#options.intercept?.(request, response) === true) return undefined;
    const where = whereOf(url);
    if (!this.#allowed(request, url, where.repository)) return this.#challenge(request, response, where);
    switch (where.kind) {
      case 'manifests':
        return this.#manifest(request, response, where);
      case 'blobs':
        return this.#blob(response, where);
      case 'blobs/uploads':
        return request.method === 'POST' ? this.#openUpload(response, where) : this.#upload(request, response, where);
      default:
        return url.pathname === '/v2/' ? end(response, 200, {}, '{}') : fail(response, 404, 'NAME_UNKNOWN');
    }
  }

  #needs(request: IncomingMessage, url: URL, repository: string): readonly [string, string][] {
    const writes = request.method !== 'GET' && request.method !== 'HEAD';
    const from = url.searchParams.get('from');
    const own: [string, string] = [repository, writes ? 'push' : 'pull'];
    return from === null ? [own] : [own, [from, 'pull']];
  }

  #allowed(request: IncomingMessage, url: URL, repository: string): boolean {
    const { auth, publicRead = false } = this.#options;
    const { authorization = '' } = request.headers;
    const needs = this.#needs(request, url, repository);
    if (auth === undefined || (publicRead && needs.every(([, action]) => action === 'pull'))) return true;
    if (auth.kind === 'basic') {
      return authorization === `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
    }
    const grants = auth.server.grants(authorization.replace(/^Bearer /, ''));
    if (grants === undefined) return false;
    return needs.every(
      ([name, action]) => name === '' || grants.some((grant) => grant.name === name && grant.actions.includes(action)),
    );
  }

  #challenge(request: IncomingMessage, response: ServerResponse, { url, repository }: Where): void {
    const { auth } = this.#options;
    if (auth?.kind !== 'token')
      return fail(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="memory"' });
    const scopes = this.#needs(request, url, repository).map(
      ([name, action]) => `repository:${name}:${action === 'push' ? 'pull,push' : action}`,
    );
    const header = `Bearer realm="${auth.server.realm}",service="memory",scope="${scopes.join(' ')}"`;
    return fail(response, 401, 'UNAUTHORIZED', { 'www-authenticate': header });
  }

  async #manifest(request: IncomingMessage, response: ServerResponse, where: Where): Promise<void> {
    const { tellsDigest = true } = this.#options;
    if (request.method === 'PUT') {
      const bytes = await buffer(request);
      const digest = this.putManifest(where.repository, where.name, {
        mediaType: request.headers['content-type'] ?? '',
        bytes,
      });
      return end(response, 201, tellsDigest ? { 'docker-content-digest': digest } : {});
    }
    const stored = this.manifests.get(where.repository)?.get(where.name);
    if (stored === undefined) return fail(response, 404, 'MANIFEST_UNKNOWN');
    if (request.method === 'DELETE') {
      this.#forget(where.repository, stored);
      return end(response, 202, {});
    }
    const digest = tellsDigest ? { 'docker-content-digest': sha256(stored.bytes) } : {};
    return end(response, 200, { 'content-type': stored.mediaType, ...digest }, stored.bytes);
  }

  /** A manifest goes with all its names. */
  #forget(repository: string, manifest: StoredManifest): void {
    const names = folder(this.manifests, repository);
    for (const [name, stored] of names) if (stored === manifest) names.delete(name);
  }

  #blob(response: ServerResponse, where: Where): void {
    const bytes = this.blobs.get(where.repository)?.get(where.name);
    if (bytes === undefined) return fail(response, 404, 'BLOB_UNKNOWN');
    return end(response, 200, { 'content-type': 'application/octet-stream' }, bytes);
  }

  #openUpload(response: ServerResponse, { url, repository }: Where): void {
    const { canMount = true, location = 'relative', uploadHost = this.host } = this.#options;
    const mounted = this.blobs.get(url.searchParams.get('from') ?? '')?.get(url.searchParams.get('mount') ?? '');
    if (canMount && mounted !== undefined) {
      this.putBlob(repository, mounted);
      return end(response, 201, { location: `/v2/${repository}/blobs/${sha256(mounted)}` });
    }
    const id = randomUUID();
    this.#uploads.add(id);
    const prefix = location === 'absolute' || uploadHost !== this.host ? `http://${uploadHost}` : '';
    return end(response, 202, { location: `${prefix}/v2/${repository}/blobs/uploads/${id}?_state=opaque` });
  }

  async #upload(request: IncomingMessage, response: ServerResponse, { url, repository, name }: Where): Promise<void> {
    const bytes = await buffer(request);
    const known = this.#uploads.delete(name) || this.#options.acceptsForeignUploads === true;
    if (request.method !== 'PUT' || !known || url.searchParams.get('_state') !== 'opaque') {
      return fail(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    }
    if (sha256(bytes) !== url.searchParams.get('digest')) return fail(response, 400, 'DIGEST_INVALID');
    this.putBlob(repository, bytes);
    return end(response, 201, {});
  }
}

interface Where {
  readonly url: URL;
  readonly repository: string;
  readonly kind: string;
  /** A tag, a digest or the id of an upload. */
  readonly name: string;
}

function whereOf(url: URL): Where {
  const pattern = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs)\/([^/]*)$/;
  const [, repository = '', kind = '', name = ''] = pattern.exec(url.pathname) ?? [];
  return { url, repository, kind, name };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

// oxlint-disable-next-line max-params
function end(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer | string = '',
): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

// oxlint-disable-next-line max-params
function fail(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
  end(response, status, { 'content-type': 'application/json', ...headers }, body);
}

function folder<T>(map: Map<string, Map<string, T>>, name: string): Map<string, T> {
  const known = map.get(name) ?? new Map<string, T>();
  map.set(name, known);
  return known;
}
