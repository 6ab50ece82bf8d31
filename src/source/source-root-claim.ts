import { readFileSync, statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { listedError } from '../fs/read-stamped.ts';
import { systemErrorCode } from '../fs/system-error.ts';

/** A directory that has to be in the build for the application to be built. */
export interface SourceRootClaim {
  /** Absolute. */
  readonly root: string;
  /** For people: which file says so. */
  readonly reason: string;
}

/** The directories above, nearest first, up to and with `limit`. */
export function ancestors(dir: string, limit: string): readonly string[] {
  const above: string[] = [];
  for (let place = dir; place !== limit && isWithin(place, limit);) {
    const parent = dirname(place);
    if (parent === place) break;
    above.push(parent);
    place = parent;
  }
  return above;
}

/** The nearest directory that holds all of them. */
export function commonDirectory(dirs: readonly [string, ...string[]]): string {
  const [first, ...rest] = dirs;
  return rest.reduce((common, dir) => {
    let place = common;
    while (!isWithin(dir, place)) place = dirname(place);
    return place;
  }, first);
}

/** Whether a directory is another or inside it. */
export function isWithin(dir: string, outer: string): boolean {
  const path = relative(outer, dir);
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`));
}

/** Undefined when there is no such file. Throws SOURCE_UNREADABLE. */
export function readText(path: string): string | undefined {
  try {
    // Reading a pipe or a device, such as a link to /dev/stdin, may never end.
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw listedError(error, path);
  }
}
