import { TsbuildpackError } from '../errors.ts';
import { diskError, systemErrorCode } from '../fs/system-error.ts';

const unusable: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOTDIR: 'a part of its path is not a directory',
  EEXIST: 'something else is in its place',
  ELOOP: 'its path holds a loop of symbolic links',
  EIO: 'the disk reports an error',
};

/** Says in the user's words what a system error in the store means: DISK_FULL, STORE_UNUSABLE; any other error as it is. */
export function storeError(error: unknown, dir: string): unknown {
  const full = diskError(error, `Cannot write to the store "${dir}"`);
  if (full !== error) return full;
  const why = unusable[systemErrorCode(error) ?? ''];
  if (why === undefined) return error;
  return new TsbuildpackError('STORE_UNUSABLE', `Cannot use the store "${dir}": ${why}`, {
    hint: 'Choose another directory with --store DIR or TSBUILDPACK_STORE',
    ...(error instanceof Error ? { detail: error.message } : {}),
    cause: error,
  });
}

/** Runs an action on the store and turns what the system says into `storeError`. */
export async function inStore<T>(dir: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw storeError(error, dir);
  }
}
