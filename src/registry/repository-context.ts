import type { TsbuildpackError } from '../errors.ts';
import type { Authenticated } from './authenticate.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { RepositoryName } from './reference.ts';
import { answerError } from './registry-error.ts';

/** What requests about one repository need. */
export interface RepositoryContext {
  readonly name: RepositoryName;
  readonly origin: URL;
  readonly registry: Authenticated;
  /** `REGISTRY/REPOSITORY@DIGEST` of blobs seen there. */
  readonly knownBlobs: Set<string>;
}

export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}

/** Some registries have a right of its own for it, for others it is a way of writing. */
export function deleteScope(repository: string): string {
  return `repository:${repository}:delete,pull,push`;
}

/** For messages. */
export function titleOf({ name }: RepositoryContext): string {
  return `${name.registry}/${name.repository}`;
}

/** The error for an answer that is none of the expected ones. */
export async function unexpected(
  context: RepositoryContext,
  request: HttpRequest,
  failed: { readonly response: HttpResponse; readonly action: string },
): Promise<TsbuildpackError> {
  const { registry } = context;
  const facts = { action: failed.action, secrets: registry.secrets(), deniedHint: registry.deniedHint() };
  return answerError(request, failed.response, facts);
}
