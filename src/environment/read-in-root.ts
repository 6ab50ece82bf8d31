import type { Stats } from 'node:fs';
import { closeSync, constants, lstatSync, openSync, readSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Account files are a few KB. */
const maxBytes = 1 << 20;
const maxLinks = 40;

/**
 * The text of a small file of a root file system, with its symlinks followed as a process that has it as root would: an absolute one
 * begins at that root, and `..` does not lead out of it. Empty when there is no such regular file.
 */
export function readInRoot(root: string, path: string): string {
  const place = resolveInRoot(root, path);
  if (place === undefined || statsOf(place)?.isFile() !== true) return '';
  const file = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const bytes = Buffer.alloc(maxBytes);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, maxBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** Where a path of a root file system is on this machine; undefined when its links go round in circles. */
export function resolveInRoot(root: string, path: string): string | undefined {
  const pending = path.split('/').filter(Boolean);
  const done: string[] = [];
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const target = linkTarget(join(root, ...done, name));
    if (target === undefined) {
      done.push(name);
      continue;
    }
    links += 1;
    if (links > maxLinks) return undefined;
    if (target.startsWith('/')) done.length = 0;
    pending.unshift(...target.split('/').filter(Boolean));
  }
  return join(root, ...done);
}

function linkTarget(path: string): string | undefined {
  return statsOf(path)?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}

/** Of the file itself; undefined when nothing is there, also because something above it is a file. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
