import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Store, TemporaryDirectory } from '../store/store.ts';
import type { Surroundings } from './build-options.ts';

export interface Downloaded {
  readonly file: string;
  /** Of its content, in hex. */
  readonly sha256: string;
  remove(): Promise<void>;
}

/**
 * Downloads a file with the user's proxies and certificates. `#sha256=HEX` behind the address is compared. Throws NETWORK_UNAVAILABLE,
 * BUILDPACK_INVALID when there is nothing or something else.
 */
export async function downloadFile(url: URL, store: Store, { env, signal }: Surroundings): Promise<Downloaded> {
  const { followRedirects } = await import('../registry/follow-redirects.ts');
  const { redactedUrl } = await import('../registry/http.ts');
  const { undiciTransport } = await import('../registry/undici-transport.ts');
  // Plain HTTP is the user's word, who wrote it.
  const insecureHosts = new Set(url.protocol === 'http:' ? [url.host] : []);
  const send = followRedirects(undiciTransport({ env, insecureHosts, signal }));
  const expected = /^#sha256[=:](?<hex>[0-9a-f]{64})$/i.exec(url.hash)?.groups?.['hex']?.toLowerCase();
  const address = new URL(url);
  address.hash = '';
  const shown = redactedUrl(address);
  const response = await send({ method: 'GET', url: address });
  if (response.status !== 200) {
    response.body.destroy();
    throw refused(shown, `it answered ${response.status}`, response.status >= 500 || response.status === 429);
  }
  const directory = await store.temporaryDirectory();
  const { file, sha256 } = await receive(response.body, directory);
  if (expected === undefined || expected === sha256) return { file, sha256, remove: () => directory.remove() };
  await directory.remove();
  throw refused(shown, `its sha256 is ${sha256}, ${expected} was asked for`, false);
}

async function receive(
  body: NodeJS.ReadableStream,
  directory: TemporaryDirectory,
): Promise<{ readonly file: string; readonly sha256: string }> {
  const file = join(directory.path, 'download');
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(body, hashing, createWriteStream(file));
  } catch (error) {
    await directory.remove();
    throw error;
  }
  return { file, sha256: hash.digest('hex') };
}

function refused(address: string, problem: string, again: boolean): TsbuildpackError {
  return new TsbuildpackError(
    again ? 'NETWORK_UNAVAILABLE' : 'BUILDPACK_INVALID',
    `Cannot download "${address}": ${problem}`,
    { hint: again ? 'Try again later' : 'Check the address' },
  );
}
