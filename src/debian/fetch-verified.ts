import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TsbuildpackError } from '../errors.ts';
import { parseDigest } from '../oci/digest.ts';
import type { OpenFile } from './open-file.ts';
import { shownAddress } from './shown-address.ts';
import type { PackageCache } from './package-cache.ts';

/** A file that is known by its digest before it is there. */
export interface WantedFile {
  /** For messages: `package libc6 2.41-12`. */
  readonly what: string;
  /** Where it may be, tried in this order. */
  readonly addresses: readonly string[];
  /** In hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface FetchOptions {
  readonly open: OpenFile;
  readonly cache: PackageCache;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes have come, also of attempts that fail. */
  readonly onBytes?: (bytes: number) => void;
  /** How long to wait before further attempts when the network fails. @default 0.25, 1 and 4 seconds */
  readonly retryAfterMs?: readonly number[];
}

const defaultRetryAfterMs = [250, 1000, 4000];

/**
 * The file in the cache, from a mirror if it is not there yet. Throws MIRROR_OUT_OF_SYNC when no address has these bytes,
 * NETWORK_UNAVAILABLE when the attempts are used up.
 */
export async function fetchVerified(wanted: WantedFile, options: FetchOptions): Promise<string> {
  const { cache } = options;
  const digest = parseDigest(`sha256:${wanted.sha256}`);
  const refusals: string[] = [];
  for (const address of ['', ...wanted.addresses]) {
    // The cache itself comes first.
    if (address !== '') {
      const refusal = await retried(async () => await download(wanted, address, options), options);
      if (refusal !== undefined) refusals.push(`${shownAddress(address)}: ${refusal}`);
    }
    const file = await cache.file(digest);
    if (file !== undefined) return file;
  }
  throw new TsbuildpackError(
    'MIRROR_OUT_OF_SYNC',
    `Cannot get ${wanted.what}: the mirror does not have what its index says`,
    {
      detail: refusals.join('\n'),
      hint: 'The mirror is being updated, or has been since its index was read: try again in a few minutes, or name another mirror with --debian-mirror',
    },
  );
}

/** Undefined when it is in the cache now, else why not. */
async function download(
  { sha256, sizeBytes }: WantedFile,
  address: string,
  { open, cache, onBytes }: FetchOptions,
): Promise<string | undefined> {
  const body = await open(address);
  if (body === undefined) return 'it is not there';
  const tooLong = `it has more than ${sizeBytes} bytes`;
  async function* counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > sizeBytes) throw new TsbuildpackError('BLOB_CORRUPT', tooLong);
      onBytes?.(chunk.length);
      yield chunk;
    }
  }
  const content = Readable.from(counted(body), { objectMode: false });
  content.once('close', () => body.destroy());
  try {
    await cache.put(parseDigest(`sha256:${sha256}`), async () => content);
    return undefined;
  } catch (error) {
    if (!(error instanceof TsbuildpackError) || error.code !== 'BLOB_CORRUPT') throw error;
    return error.message === tooLong ? tooLong : 'its SHA-256 sum is another';
  } finally {
    content.destroy();
  }
}

/** Tries again when the network failed, which may be over in a moment. */
export async function retried<T>(
  action: () => Promise<T>,
  { signal, retryAfterMs = defaultRetryAfterMs }: Pick<FetchOptions, 'signal' | 'retryAfterMs'>,
): Promise<T> {
  for (const waitMs of retryAfterMs) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof TsbuildpackError) || error.code !== 'NETWORK_UNAVAILABLE') throw error;
    }
    await sleep(waitMs, undefined, { ...(signal !== undefined && { signal }) });
  }
  return await action();
}
