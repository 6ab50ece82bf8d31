import { createHash, type Hash } from 'node:crypto';
import { TsbuildpackError } from '../errors.ts';
import { diskError, systemErrorCode } from '../fs/system-error.ts';
import { takeTurns } from '../fs/take-turns.ts';
import { decompressed } from './decompress.ts';
import type { ExtractorOptions } from './extractor.ts';
import { Extractor } from './extractor.ts';
import type { Layer } from './layer.ts';
import type { ReadEntry } from './read-tar.ts';
import { readTar } from './read-tar.ts';
import { refused } from './root-directory.ts';

export interface ExtractOptions extends ExtractorOptions {
  readonly signal?: AbortSignal | undefined;
  /** More content than this is refused: a small blob can hold an endless file. @default 64 GiB */
  readonly maxContentBytes?: number;
}

const defaultMaxContentBytes = 64 * 2 ** 30;

/**
 * Extracts an archive, compressed or not, into a directory that is there. Nothing in it is trusted: nothing is written outside, whatever its
 * names and links say. On failure the directory holds a part; whoever made it removes it.
 * Throws ARCHIVE_INVALID, DISK_FULL, errors of the source, the signal's reason.
 */
export async function extractTar(
  source: AsyncIterable<Buffer>,
  dir: string,
  options: ExtractOptions = {},
): Promise<void> {
  const extractor = new Extractor(dir, options);
  await extractInto(extractor, source, options);
  extractor.finish();
}

/**
 * Makes the root file system of an image: its layers over each other, with the deletions they ask for. Every layer's bytes are compared with
 * its diff id. Throws as `extractTar()`, and BLOB_CORRUPT.
 */
export async function extractLayers(
  layers: readonly Layer[],
  dir: string,
  options: ExtractOptions = {},
): Promise<void> {
  const extractor = new Extractor(dir, { whiteouts: true, ...options });
  for (const layer of layers) {
    const hash = createHash('sha256');
    extractor.nextLayer();
    await extractInto(extractor, await layer.open(), { ...options, hash });
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== layer.diffId) {
      throw new TsbuildpackError(
        'BLOB_CORRUPT',
        `Cannot extract layer ${layer.digest}: its content is ${found}, the image says ${layer.diffId}`,
      );
    }
  }
  extractor.finish();
}

async function extractInto(
  extractor: Extractor,
  source: AsyncIterable<Buffer>,
  { signal, maxContentBytes = defaultMaxContentBytes, hash }: ExtractOptions & { readonly hash?: Hash },
): Promise<void> {
  const turn = takeTurns(signal);
  let contentBytes = 0;
  for await (const entry of readTar(observed(decompressed(source), { hash, signal }))) {
    contentBytes += entry.sizeBytes;
    if (contentBytes > maxContentBytes)
      throw refused(entry.path, `the archive holds more than ${maxContentBytes} bytes`);
    await addEntry(extractor, entry);
    await turn();
  }
}

interface Observer {
  readonly hash: Hash | undefined;
  readonly signal: AbortSignal | undefined;
}

async function* observed(source: AsyncIterable<Buffer>, { hash, signal }: Observer): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    signal?.throwIfAborted();
    hash?.update(chunk);
    yield chunk;
  }
}

async function addEntry(extractor: Extractor, entry: ReadEntry): Promise<void> {
  try {
    await extractor.add(entry);
  } catch (error) {
    if (systemErrorCode(error) === 'ENAMETOOLONG')
      throw refused(entry.path, 'its name is too long for this file system');
    throw diskError(error, 'Cannot extract the archive');
  }
}
