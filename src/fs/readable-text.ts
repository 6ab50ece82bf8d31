import { readFileSync } from 'node:fs';
import { systemErrorCode } from './system-error.ts';

/** The content of a file that may be absent or closed to us: undefined then. */
export function readableText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
