import { TsbuildpackError } from '../errors.ts';

/** `ENOENT`, … of an error that the operating system caused; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'it is missing',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ELOOP: 'its path holds a loop of symbolic links',
  EIO: 'the disk reports an error',
};

/** ARCHIVE_INVALID for a file of an image that the system does not let us read; any other error as it is. */
export function readError(error: unknown, file: string): unknown {
  const why = unreadable[systemErrorCode(error) ?? ''];
  if (why === undefined) return error;
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read "${file}": ${why}`, { cause: error });
}

const unwritable: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission to write there',
  EPERM: 'there is no permission to write there',
  EROFS: 'the file system is read-only',
};

/** Turns what the system says against writing an output into OUTPUT_FAILED or DISK_FULL ("Cannot write …"); any other error as it is. */
export function writeError(error: unknown, action: string): unknown {
  const why = unwritable[systemErrorCode(error) ?? ''];
  if (why === undefined) return diskError(error, action);
  return new TsbuildpackError('OUTPUT_FAILED', `${action}: ${why}`, {
    hint: 'Choose another place, or make this one writable for the user that runs the command',
    cause: error,
  });
}

/** Turns "no space left" into DISK_FULL with the action that failed ("Cannot write …"); gives any other error back as it is. */
export function diskError(error: unknown, action: string): unknown {
  const code = systemErrorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new TsbuildpackError(
    'DISK_FULL',
    `${action}: ${code === 'EDQUOT' ? 'the disk quota is used up' : 'the disk is full'}`,
    {
      hint: 'Free some space, for example with "tsbuildpack cache prune", and try again',
      cause: error,
    },
  );
}
