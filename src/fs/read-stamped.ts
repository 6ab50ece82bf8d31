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
    const isWhole = fill(file, target, { path, offset });
    // One look is enough, and last: what changed before it was read is seen then too, for no program can set a change time back.
    if (!isWhole || !isSameStamp(fstatSync(file), stamp)) throw sourceChanged(path);
  } finally {
    closeSync(file);
  }
}

const notReadable: ReadonlySet<string | undefined> = new Set(['EISDIR', 'EAGAIN', 'EINVAL', 'ESPIPE', 'ENXIO']);

/** Whether there were as many bytes as wanted. Something else than a file may have taken its place: that cannot be read at an offset. */
function fill(
  file: number,
  target: Uint8Array,
  { path, offset }: { readonly path: BytePath; readonly offset: number },
): boolean {
  try {
    for (let filled = 0; filled < target.length;) {
      const count = readSync(file, target, filled, target.length - filled, offset + filled);
      if (count === 0) return false;
      filled += count;
    }
    return true;
  } catch (error) {
    throw notReadable.has(systemErrorCode(error)) ? sourceChanged(path) : error;
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
