import { Readable } from 'node:stream';
import type { Digest } from '../../src/oci/digest.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { BlobUpload } from '../../src/registry/upload-blob.ts';
import type { Repository } from '../../src/registry/repository.ts';

export const blob: Buffer = Buffer.from('the bytes of a layer');
export const digest: Digest = digestOf(blob);
export const upload: BlobUpload = {
  digest,
  sizeBytes: blob.length,
  open: async (): Promise<Readable> => Readable.from([blob]),
};
export const manifest: Buffer = Buffer.from('{"schemaVersion":2}');

export interface TestRepositoryOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  readonly name?: string;
  /** @default none: a test of errors does not wait */
  readonly retryDelaysMs?: readonly number[];
}

/** A repository seen by a client of its own, without the credentials of whoever runs the tests. */
export function openTestRepository(host: string, options: TestRepositoryOptions = {}): Repository {
  const { env = {}, name = 'team/app', retryDelaysMs = [], ...rest } = options;
  const client = createRegistryClient({ env: { HOME: '/nonexistent', ...env }, retryDelaysMs, ...rest });
  return client.repository({ registry: host, repository: name });
}

export function authFor(host: string, username: string, password: string): Record<string, string> {
  const value = Buffer.from(`${username}:${password}`).toString('base64');
  return { CNB_REGISTRY_AUTH: JSON.stringify({ [host]: `Basic ${value}` }) };
}
