import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { TsbuildpackError } from '../errors.ts';
import { verified } from '../fs/verified-stream.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf, isDigest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { maxManifestBytes } from '../oci/parse-manifest.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { discardBody, readBody } from './http.ts';
import type { RepositoryName } from './reference.ts';
import { answerError } from './registry-error.ts';
import type { RepositoryContext } from './repository-context.ts';
import { deleteScope, pullScope, pushScope, titleOf, unexpected } from './repository-context.ts';
import type { BlobUpload, UploadResult } from './upload-blob.ts';
import { checkUpload, uploadBlob } from './upload-blob.ts';

export interface RemoteManifest {
  /** As the registry says; undefined when it says nothing. */
  readonly mediaType: string | undefined;
  /** Of these bytes, computed here. */
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** One repository — https://github.com/opencontainers/distribution-spec/blob/main/spec.md. `name` of a manifest: a tag or digest. */
export interface Repository {
  readonly name: RepositoryName;
  /** What the registry says about a manifest: its digest, or that there is none; `unknown` when it tells no digest. */
  headManifest(name: string): Promise<Digest | 'unknown' | undefined>;
  /** Throws IMAGE_NOT_FOUND, and IMAGE_INVALID when the bytes are not those of the digest. */
  getManifest(name: string): Promise<RemoteManifest>;
  putManifest(name: string, mediaType: string, bytes: Uint8Array): Promise<void>;
  /** Takes away a manifest with its tags, if it is there. Throws REGISTRY_REFUSED where the registry deletes nothing. */
  deleteManifest(digest: Digest): Promise<void>;
  /** True also for a blob that this client has put there. */
  hasBlob(digest: Digest): Promise<boolean>;
  /** The bytes, verified when read to the end. */
  openBlob(digest: Digest, sizeBytes: number): Promise<Readable>;
  /** Makes a blob be there: `mountFrom` names a repository of the same registry that has it. */
  uploadBlob(blob: BlobUpload): Promise<UploadResult>;
  /** Asks whether blobs may be written here, without writing any. */
  checkUpload(): Promise<void>;
}

const manifestTypes = [
  mediaTypes.ociIndex,
  mediaTypes.dockerIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
].join(', ');

export function openRepository(context: RepositoryContext): Repository {
  return {
    name: context.name,
    headManifest: (name) => headManifest(context, name),
    getManifest: (name) => getManifest(context, name),
    putManifest: (name, mediaType, bytes) => putManifest(context, manifestUrl(context, name), { mediaType, bytes }),
    deleteManifest: (digest) => deleteManifest(context, digest),
    hasBlob: (digest) => hasBlob(context, digest),
    openBlob: (digest, sizeBytes) => openBlob(context, digest, sizeBytes),
    checkUpload: () => checkUpload(context),
    uploadBlob: async (blob) => {
      const result = await uploadBlob(context, blob);
      context.knownBlobs.add(blobKey(context, blob.digest));
      return result;
    },
  };
}

async function headManifest(context: RepositoryContext, name: string): Promise<Digest | 'unknown' | undefined> {
  const request: HttpRequest = { method: 'HEAD', url: manifestUrl(context, name), headers: { accept: manifestTypes } };
  // Who looks before pushing needs the same token for both.
  const response = await context.registry.send(request, [pushScope(context.name.repository)]);
  if (response.status === 404) return discardBody(response).then(() => undefined);
  if (response.status !== 200) {
    throw await unexpected(context, request, { response, action: `Cannot look for "${nameOf(context, name)}"` });
  }
  await discardBody(response);
  const digest = response.headers['docker-content-digest'] ?? '';
  return isDigest(digest) ? digest : 'unknown';
}

async function getManifest(context: RepositoryContext, name: string): Promise<RemoteManifest> {
  const title = nameOf(context, name);
  const request: HttpRequest = { method: 'GET', url: manifestUrl(context, name), headers: { accept: manifestTypes } };
  const response = await context.registry.send(request, [pullScope(context.name.repository)]);
  if (response.status === 404) throw await notFound(title, request, response);
  if (response.status !== 200) throw await unexpected(context, request, { response, action: `Cannot pull "${title}"` });
  const bytes = await readBody(response, maxManifestBytes);
  if (bytes === undefined) throw invalid(title, `its manifest has more than ${maxManifestBytes} bytes`);
  const digest = digestOf(bytes);
  const told = isDigest(name) ? name : (response.headers['docker-content-digest'] ?? digest);
  if (told !== digest) throw invalid(title, `its manifest has the digest ${digest} instead of ${told.slice(0, 100)}`);
  const type = response.headers['content-type']?.split(';')[0]?.trim();
  return { mediaType: type === '' ? undefined : type, digest, bytes };
}

async function notFound(title: string, request: HttpRequest, response: HttpResponse): Promise<TsbuildpackError> {
  const cause = await answerError(request, response, { action: `Cannot pull "${title}"` });
  return new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot find image "${title}": the registry has none of that name`, {
    hint: 'Check the name and the tag',
    cause,
  });
}

interface Manifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

async function putManifest(context: RepositoryContext, url: URL, { mediaType, bytes }: Manifest): Promise<void> {
  const body = { sizeBytes: bytes.length, open: async (): Promise<Uint8Array> => bytes };
  const request: HttpRequest = { method: 'PUT', url, headers: { 'content-type': mediaType }, body };
  const action = `Cannot push to "${titleOf(context)}"`;
  const response = await context.registry.send(request, [pushScope(context.name.repository)]);
  if (response.status < 200 || response.status > 299) throw await unexpected(context, request, { response, action });
  await discardBody(response);
  const stored = response.headers['docker-content-digest'];
  if (stored === undefined || stored === digestOf(bytes)) return;
  throw new TsbuildpackError('REGISTRY_REFUSED', `${action}: the registry stored another manifest than the one sent`, {
    detail: `Sent ${digestOf(bytes)}, stored ${stored.slice(0, 100)}`,
  });
}

async function deleteManifest(context: RepositoryContext, digest: Digest): Promise<void> {
  const request: HttpRequest = { method: 'DELETE', url: manifestUrl(context, digest) };
  const response = await context.registry.send(request, [deleteScope(context.name.repository)]);
  const gone = response.status === 404 || (response.status >= 200 && response.status <= 299);
  if (gone) return discardBody(response);
  throw await unexpected(context, request, { response, action: `Cannot delete "${nameOf(context, digest)}"` });
}

async function hasBlob(context: RepositoryContext, digest: Digest): Promise<boolean> {
  const key = blobKey(context, digest);
  if (context.knownBlobs.has(key)) return true;
  const request: HttpRequest = { method: 'HEAD', url: blobUrl(context, digest) };
  const response = await context.registry.send(request, [pushScope(context.name.repository)]);
  if (response.status !== 200 && response.status !== 404) {
    throw await unexpected(context, request, { response, action: `Cannot look for a layer in "${titleOf(context)}"` });
  }
  await discardBody(response);
  if (response.status === 200) context.knownBlobs.add(key);
  return response.status === 200;
}

async function openBlob(context: RepositoryContext, digest: Digest, sizeBytes: number): Promise<Readable> {
  const request: HttpRequest = { method: 'GET', url: blobUrl(context, digest) };
  const response = await context.registry.send(request, [pullScope(context.name.repository)]);
  if (response.status !== 200) {
    const action = `Cannot pull ${digest} from "${titleOf(context)}"`;
    throw await unexpected(context, request, { response, action });
  }
  const stream = verified({ digest, sizeBytes }, `Cannot use ${digest} from "${titleOf(context)}"`);
  // Whoever of the two fails or is given up first takes the other along; the reader sees the error.
  pipeline(response.body, stream, () => undefined);
  return stream;
}

function manifestUrl({ name, origin }: RepositoryContext, manifest: string): URL {
  return new URL(`/v2/${name.repository}/manifests/${manifest}`, origin);
}

function blobUrl({ name, origin }: RepositoryContext, digest: Digest): URL {
  return new URL(`/v2/${name.repository}/blobs/${digest}`, origin);
}

function blobKey(context: RepositoryContext, digest: Digest): string {
  return `${titleOf(context)}@${digest}`;
}

function nameOf(context: RepositoryContext, manifest: string): string {
  return `${titleOf(context)}${isDigest(manifest) ? '@' : ':'}${manifest}`;
}

function invalid(title: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('IMAGE_INVALID', `Cannot use image "${title}": ${problem}`);
}
