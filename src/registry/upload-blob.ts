import type { Readable } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { discardBody, isLoopback, redactedUrl } from './http.ts';
import type { RepositoryContext } from './repository-context.ts';
import { pullScope, pushScope, titleOf, unexpected } from './repository-context.ts';

export interface BlobUpload {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Called when the bytes are needed, which they are not when the registry can take them from elsewhere. */
  open(): Promise<Readable | Uint8Array>;
  /** A repository of the same registry that has the blob. */
  readonly mountFrom?: string | undefined;
}

export type UploadResult = 'mounted' | 'uploaded';

/** Mounts the blob from another repository if there is one, else uploads it in one piece. */
export async function uploadBlob(context: RepositoryContext, blob: BlobUpload): Promise<UploadResult> {
  const session = await openSession(context, blob);
  if (session === 'mounted') return 'mounted';
  const url = new URL(session);
  url.searchParams.set('digest', blob.digest);
  const request: HttpRequest = {
    method: 'PUT',
    url,
    headers: { 'content-type': 'application/octet-stream' },
    body: { sizeBytes: blob.sizeBytes, open: () => blob.open() },
  };
  const response = await context.registry.send(request, [pushScope(context.name.repository)]);
  if (response.status < 200 || response.status > 299)
    throw await unexpected(context, request, { response, action: action(context) });
  await discardBody(response);
  return 'uploaded';
}

/** Whether we may write, before any work is done for it: begins an upload and gives it up. Throws REGISTRY_DENIED and others. */
export async function checkUpload(context: RepositoryContext): Promise<void> {
  const url = await beginUpload(context);
  const response = await context.registry.send({ method: 'DELETE', url }, [pushScope(context.name.repository)]);
  // Not every registry lets an upload be given up; it is forgotten then.
  await discardBody(response);
}

/** Where to upload to; a registry that does not mount opens an upload instead. */
async function openSession(context: RepositoryContext, blob: BlobUpload): Promise<URL | 'mounted'> {
  const { mountFrom } = blob;
  if (mountFrom !== undefined && mountFrom !== context.name.repository) {
    const answered = await tryMount(context, blob.digest, mountFrom);
    if (answered !== undefined) return answered;
  }
  return beginUpload(context);
}

async function beginUpload(context: RepositoryContext): Promise<URL> {
  const request: HttpRequest = { method: 'POST', url: uploadsUrl(context) };
  const response = await context.registry.send(request, [pushScope(context.name.repository)]);
  if (response.status !== 202) throw await unexpected(context, request, { response, action: action(context) });
  await discardBody(response);
  return locationOf(context, response);
}

/** Undefined when nothing came of it: we may have no right to the other repository, which is no reason to give up. */
async function tryMount(
  context: RepositoryContext,
  digest: Digest,
  from: string,
): Promise<URL | 'mounted' | undefined> {
  const url = uploadsUrl(context);
  url.searchParams.set('mount', digest);
  url.searchParams.set('from', from);
  const scopes = [pushScope(context.name.repository), pullScope(from)];
  let response: HttpResponse;
  try {
    response = await context.registry.send({ method: 'POST', url }, scopes);
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'REGISTRY_DENIED') return undefined;
    throw error;
  }
  await discardBody(response);
  if (response.status === 201) return 'mounted';
  return response.status === 202 ? locationOf(context, response) : undefined;
}

function uploadsUrl({ name, origin }: RepositoryContext): URL {
  return new URL(`/v2/${name.repository}/blobs/uploads/`, origin);
}

/** Absolute or relative, also on another host: Authenticated sees to it that credentials stay behind then. */
function locationOf(context: RepositoryContext, response: HttpResponse): URL {
  const { location = '' } = response.headers;
  if (location === '' || !URL.canParse(location, response.url.href)) {
    throw new TsbuildpackError(
      'REGISTRY_REFUSED',
      `${action(context)}: the registry opened an upload and did not say where`,
    );
  }
  const url = asWeCame(new URL(location, response.url), response.url);
  if (isAcceptable(url, response.url)) return url;
  throw new TsbuildpackError(
    'REGISTRY_REFUSED',
    `${action(context)}: the registry sends the upload to ${redactedUrl(url)}, which is not https`,
  );
}

/** A proxy in front of the registry that ends TLS is often kept from it: the same host over HTTP means the way we came. */
function asWeCame(url: URL, before: URL): URL {
  if (before.protocol !== 'https:' || url.protocol !== 'http:' || url.hostname !== before.hostname) return url;
  return new URL(`${url.pathname}${url.search}`, before);
}

function isAcceptable(url: URL, before: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || url.origin === before.origin || (isLoopback(url) && isLoopback(before));
}

function action(context: RepositoryContext): string {
  return `Cannot push a layer to "${titleOf(context)}"`;
}
