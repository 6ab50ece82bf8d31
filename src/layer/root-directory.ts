import { chmodSync, lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { bytePath, joinBytePath, pathBytes, showPath } from '../fs/byte-path.ts';

/** As many as Linux follows. */
const maxSymlinks = 40;

/**
 * A directory that stands for `/`: every path that an archive names is looked up inside it, as after `chroot`. Absolute symlinks start
 * from it, `..` in a symlink does not leave it, and `..` in a name is refused. Nobody else may change the directory meanwhile.
 */
export class RootDirectory {
  readonly path: string;
  /** Directories found to be real ones, by their path inside, so that each is looked at once. */
  readonly #known = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The host path for a name, its directories made if they are not there (0755, like the runtimes do). The last part is not followed if it is
   * a symlink. Throws ARCHIVE_INVALID for a name that leaves the root or passes through a file.
   */
  place(name: BytePath): BytePath {
    const parts = splitName(name);
    const last = parts.pop();
    if (last === undefined) return this.path;
    return joinBytePath(this.#enter(parts, name), last);
  }

  /** Forgets what is known about directories: one has been removed. */
  forget(): void {
    this.#known.clear();
  }

  #enter(parts: readonly BytePath[], name: BytePath): BytePath {
    const key = parts.map(partKey).join('/');
    const direct = parts.reduce<BytePath>(joinBytePath, this.path);
    if (this.#known.has(key)) return direct;
    const real = this.#resolve(parts, name);
    if (real.every((part, index) => part === parts[index]) && real.length === parts.length) this.#known.add(key);
    return real.reduce<BytePath>(joinBytePath, this.path);
  }

  /** The parts of the real path: symlinks on the way are replaced by what they point to. */
  #resolve(parts: readonly BytePath[], name: BytePath): readonly BytePath[] {
    const ahead = parts.toReversed();
    const real: BytePath[] = [];
    let symlinks = 0;
    for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
      if (isText(part, '..')) {
        real.pop();
        continue;
      }
      const target = this.#symlinkTarget([...real, part], name);
      if (target === undefined) {
        real.push(part);
        continue;
      }
      symlinks += 1;
      if (symlinks > maxSymlinks) throw refused(name, 'it passes through too many symlinks');
      if (pathBytes(target)[0] === slash) real.length = 0;
      ahead.push(...splitPath(target).toReversed());
    }
    return real;
  }

  /** Undefined when it is a directory, which is made if nothing is there. */
  #symlinkTarget(parts: readonly BytePath[], name: BytePath): BytePath | undefined {
    const path = parts.reduce<BytePath>(joinBytePath, this.path);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) makeDirectory(path);
    else if (stats.isSymbolicLink()) return bytePath(readlinkSync(path, 'buffer'));
    else if (!stats.isDirectory()) throw refused(name, 'one of its directories is a file');
    return undefined;
  }
}

function makeDirectory(path: BytePath): void {
  mkdirSync(path);
  // The umask of who builds is nobody's business in an image.
  chmodSync(path, 0o755);
}

const slash = 0x2f;

/** The parts of an entry's name: leading slashes and `.` say nothing. Throws ARCHIVE_INVALID for `..` and zero bytes. */
export function splitName(name: BytePath): BytePath[] {
  const parts = splitPath(name);
  if (parts.some((part) => isText(part, '..'))) throw refused(name, 'it holds ".."');
  if (pathBytes(name).includes(0)) throw refused(name, 'it holds a zero byte');
  return parts;
}

function splitPath(path: BytePath): BytePath[] {
  const latin1 = typeof path === 'string' ? undefined : path.toString('latin1');
  const parts = (latin1 ?? String(path)).split('/').filter((part) => part !== '' && part !== '.');
  return latin1 === undefined ? parts : parts.map((part) => bytePath(Buffer.from(part, 'latin1')));
}

function isText(part: BytePath, text: string): boolean {
  return typeof part === 'string' && part === text;
}

function partKey(part: BytePath): string {
  return typeof part === 'string' ? part : `\0${part.toString('latin1')}`;
}

/** The error for an entry that is not written. */
export function refused(name: BytePath, why: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot extract "${showPath(name).slice(0, 200)}": ${why}`, {
    hint: 'The image or archive is damaged or hostile: nothing was written outside its directory',
  });
}
