import { createReadStream } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';

/**
 * The bytes of an xz stream (https://tukaani.org/xz/xz-file-format.txt) without their compression. Throws ARCHIVE_INVALID, errors of the
 * source.
 */
export async function* decompressedXz(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { XzReadableStream } = (await import('xz-decompress')).default;
  let failure: { readonly error: unknown } | undefined;
  const rest = source[Symbol.asyncIterator]();
  const input = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      try {
        const next = await rest.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        failure = { error };
        controller.error(error);
      }
    },
    async cancel(): Promise<void> {
      await rest.return?.();
    },
  });
  try {
    for await (const chunk of new XzReadableStream(input)) {
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (error) {
    if (failure !== undefined) throw failure.error;
    const why = error instanceof Error ? error.message : String(error);
    throw new TsbuildpackError('ARCHIVE_INVALID', `Cannot decompress xz data: ${why}`, { cause: error });
  } finally {
    await rest.return?.();
  }
}

/** A whole file of at most that many bytes. */
export async function unxz(file: string, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decompressedXz(createReadStream(file, { highWaterMark: 1 << 18 }))) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new TsbuildpackError('ARCHIVE_INVALID', `Cannot decompress xz data: it has more than ${limitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
