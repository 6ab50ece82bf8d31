import { once } from 'node:events';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { TsbuildpackError } from '../errors.ts';
import type { Compression } from '../oci/media-types.ts';

/**
 * The bytes of a layer without their compression, which is recognised by how they begin: media types in the wild are not always true. The
 * source is read to its very end, so that a source that verifies its digest has done so. Throws ARCHIVE_INVALID, errors of the source.
 */
export async function* decompressed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { head, rest } = await peek(source);
  const compression = compressionByMagic(head);
  const all = chain(head, rest);
  if (compression === 'none') yield* all;
  else if (compression === 'gzip') yield* through(all, zlib.createGunzip({ chunkSize: chunkBytes }), 'gzip');
  else yield* decompressedZstd(all);
}

const chunkBytes = 1 << 17;

/** Looks at the first bytes: gzip (RFC 1952) and zstd (RFC 8878) have magic numbers that no archive begins with. */
function compressionByMagic(head: Buffer): Compression {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (head.length < 4) return 'none';
  const magic = head.readUInt32LE(0);
  const isSkippableFrame = magic >= 0x184d2a50 && magic <= 0x184d2a5f;
  return magic === 0xfd2fb528 || isSkippableFrame ? 'zstd' : 'none';
}

interface Peeked {
  readonly head: Buffer;
  readonly rest: AsyncIterator<Buffer>;
}

async function peek(source: AsyncIterable<Buffer>): Promise<Peeked> {
  const rest = source[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  for (let bytes = 0; bytes < 4;) {
    const next = await rest.next();
    if (next.done === true) break;
    chunks.push(next.value);
    bytes += next.value.length;
  }
  return { head: Buffer.concat(chunks), rest };
}

async function* chain(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* decompressedZstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  if (typeof create === 'function' && noticesCuts()) {
    const transform: Transform = Reflect.apply(create, zlib, [{ chunkSize: chunkBytes }]);
    yield* through(source, transform, 'zstd');
    return;
  }
  const { Decompress } = await import('fzstd');
  let output: Buffer[] = [];
  const decompress = new Decompress((data) => output.push(Buffer.from(data)));
  for await (const chunk of source) {
    attempt('zstd', () => decompress.push(chunk));
    yield* output;
    output = [];
  }
  attempt('zstd', () => decompress.push(new Uint8Array(0), true));
  yield* output;
}

/** Node.js 22 has zstd, but takes data that is cut short for whole. */
function noticesCuts(): boolean {
  return Number.parseInt(process.versions.node, 10) >= 24;
}

function attempt(compression: Compression, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw invalid(compression, error instanceof Error ? error.message : String(error), error);
  }
}

/** Reads a transform while feeding it; unlike a pipeline, goes on reading the source when the transform is done before it. */
async function* through(
  source: AsyncIterable<Buffer>,
  transform: Transform,
  compression: Compression,
): AsyncGenerator<Buffer> {
  const feeding = feed(source, transform);
  // Its failure destroys the transform, and is met there.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of transform) yield chunk;
  } catch (error) {
    throw 'code' in Object(error) && String(Object(error).code).startsWith('Z')
      ? invalid(compression, error instanceof Error ? error.message : String(error), error)
      : error;
  }
  if (await feeding) throw invalid(compression, 'there is data after its end', undefined);
}

/** True when the transform ended before the source. */
async function feed(source: AsyncIterable<Buffer>, transform: Transform): Promise<boolean> {
  const ended = once(transform, 'end').then(() => true);
  ended.catch(() => undefined);
  let surplus = false;
  try {
    for await (const chunk of source) {
      if (transform.readableEnded) surplus = true;
      else if (!transform.write(chunk)) await Promise.race([once(transform, 'drain'), ended]);
    }
    transform.end();
    return surplus;
  } catch (error) {
    transform.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function invalid(compression: Compression, why: string, cause: unknown): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot decompress ${compression} data: ${why}`, { cause });
}
