import { readFileSync } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';

/** A file that the user named on the command line. `action` and `hint` are for the error: INVALID_INPUT. */
export function readInputFile(
  file: string,
  { action, hint }: { readonly action: string; readonly hint: string },
): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TsbuildpackError('INVALID_INPUT', `${action} "${file}"`, { hint, cause });
  }
}
