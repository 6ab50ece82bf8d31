import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from './byte-path.ts';
import { showPath } from './byte-path.ts';
import type { KeptStamp } from './file-stamp.ts';
import { isSameStamp } from './file-stamp.ts';
import { systemErrorCode } from './system-error.ts';

// Without O_NONBLOCK, opening a named pipe that has taken the file's place would wait for a writer.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Fills `target` from `offset` of a file that was listed with `stamp`. Throws SOURCE_CHANGED when the file is not the one listed, before
 * or after reading, and SOURCE_UNREADABLE when it cannot be opened.
 */
export function readStamped(
  path: BytePath,
  target: Uint8Array,
  { offset, stamp }: { readonly offset: number; readonly stamp: KeptStamp },
): void {
  const file = openListed(path);
  try {
    if (!isSameStamp(fstatSync(file), stamp)) throw sourceChanged(path);
    let filled = 0;
    while (filled < target.length) {
      const count = readSync(file, target, filled, target.length - filled, offset + filled);
      if (count === 0) throw sourceChanged(path);
      filled += count;
    }
    if (!isSameStamp(fstatSync(file), stamp)) throw sourceChanged(path);
  } finally {
    closeSync(file);
  }
}

function openListed(path: BytePath): number {
  try {
    return openSync(path, openFlags);
  } catch (error) {
    throw listedError(error, path);
  }
}

/** What it means that a path that was listed a moment ago cannot be opened or looked at. */
export function listedError(error: unknown, path: BytePath): unknown {
  const code = systemErrorCode(error);
  // ENXIO: a socket has taken its place.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') return sourceChanged(path);
  if (code === 'EACCES' || code === 'EPERM') {
    return new TsbuildpackError('SOURCE_UNREADABLE', `Cannot read "${showPath(path)}": permission denied`, {
      hint: 'Make it readable for the user that runs the build, or exclude it',
      cause: error,
    });
  }
  return error;
}

/** A file is not, or no longer, the one that was listed. */
export function sourceChanged(path: BytePath): TsbuildpackError {
  return new TsbuildpackError('SOURCE_CHANGED', `Cannot use "${showPath(path)}": it changed while it was read`, {
    hint: 'Stop what writes to it (an editor, a watcher, another build) and try again',
  });
}
