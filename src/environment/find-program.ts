import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

const systemPath = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/run/current-system/sw/bin',
];

/** The absolute path of a program on PATH or where systems keep theirs (a user's PATH often lacks /usr/sbin). */
export function findProgram(name: string, path: string | undefined = process.env['PATH']): string | undefined {
  const dirs = [...(path ?? '').split(':').filter((dir) => dir.startsWith('/')), ...systemPath];
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
