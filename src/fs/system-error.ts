import { TsbuildpackError } from '../errors.ts';

/** `ENOENT`, … of an error that the operating system caused; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
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
