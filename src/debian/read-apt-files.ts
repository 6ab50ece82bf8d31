import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../fs/system-error.ts';

const noFile: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR'];

/** The files of a directory that apt would read, in its order. Extensions without a dot; `''` for names without one. */
export function configurationFiles(dir: string, extensions: readonly string[]): readonly string[] {
  try {
    return readdirSync(dir)
      .filter((name) => /^[A-Za-z0-9_.-]+$/.test(name) && !name.startsWith('.'))
      .filter((name) => extensions.includes(/\.(?<extension>[^.]*)$/.exec(name)?.groups?.['extension'] ?? ''))
      .toSorted()
      .map((name) => join(dir, name));
  } catch (error) {
    if (noFile.includes(systemErrorCode(error))) return [];
    throw error;
  }
}

/** The text of a file; undefined when it is not there, or not for this user. */
export function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (noFile.includes(systemErrorCode(error))) return undefined;
    throw error;
  }
}
