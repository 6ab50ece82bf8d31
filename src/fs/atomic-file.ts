import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskError } from './system-error.ts';

export interface AtomicFileOptions {
  /** Permission bits of the file, before the umask. @default 0o644 */
  readonly mode?: number;
  /** Also sync the directory, so that the name survives a power failure. @default false */
  readonly syncDirectory?: boolean;
}

/**
 * Writes a file that readers see whole or not at all: temporary file beside it, sync, rename. The directory has to exist.
 * Throws DISK_FULL; other system errors as they are. Nothing is left behind on failure.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: AtomicFileOptions = {},
): Promise<void> {
  const { mode = 0o644, syncDirectory = false } = options;
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, `Cannot write "${path}"`);
  }
  if (syncDirectory) await syncDir(dirname(path));
}

/** A name in the same directory that nobody else uses, recognisable as left over by its `.tmp-` prefix. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.tmp-${basename(path).slice(0, 100)}-${process.pid}-${randomBytes(6).toString('hex')}`);
}

/** Makes names created or renamed in a directory survive a power failure. */
export async function syncDir(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
