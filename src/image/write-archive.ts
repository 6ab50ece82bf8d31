import { rename, rm } from 'node:fs/promises';
import { TsbuildpackError } from '../errors.ts';
import { temporaryName } from '../fs/atomic-file.ts';
import { diskError, systemErrorCode } from '../fs/system-error.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import { endOfArchive, paddingOf, tarHeader } from '../layer/tar-header.ts';
import { writeNewFile } from './write-new-file.ts';

export interface ArchiveEntry {
  readonly entry: TarEntry;
  /** Of a file that has content. */
  readonly open?: () => AsyncIterable<Buffer> | Promise<AsyncIterable<Buffer>>;
}

/** An uncompressed tar, byte by byte the same for the same entries. Throws OUTPUT_FAILED when content has another size than its entry. */
export async function* archiveBytes(
  entries: Iterable<ArchiveEntry> | AsyncIterable<ArchiveEntry>,
): AsyncGenerator<Uint8Array> {
  for await (const { entry, open: openContent } of entries) {
    yield tarHeader(entry);
    let size = 0;
    for await (const chunk of (await openContent?.()) ?? []) {
      size += chunk.length;
      if (size > entry.sizeBytes) break;
      yield chunk;
    }
    if (size !== entry.sizeBytes) {
      throw new TsbuildpackError(
        'OUTPUT_FAILED',
        `Cannot put "${String(entry.path)}" into an archive: its content does not have ${entry.sizeBytes} bytes`,
      );
    }
    yield new Uint8Array(paddingOf(entry.sizeBytes));
  }
  yield endOfArchive;
}

/** Makes a file of an archive that is there whole or not at all. What had the name before stays until then. */
export async function writeArchive(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await writeNewFile(temporary, bytes, signal);
    await rename(temporary, file);
  } catch (error) {
    signal?.throwIfAborted();
    throw writeError(file, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'its directory is a file',
  EISDIR: 'it is a directory',
  EACCES: 'there is no permission to write there',
  EROFS: 'the file system is read-only',
};

function writeError(file: string, error: unknown): unknown {
  const reason = reasons[systemErrorCode(error) ?? ''];
  if (error instanceof TsbuildpackError || reason === undefined) return diskError(error, `Cannot write "${file}"`);
  return new TsbuildpackError('OUTPUT_FAILED', `Cannot write "${file}": ${reason}`, { cause: error });
}
