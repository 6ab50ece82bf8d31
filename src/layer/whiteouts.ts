import { lstatSync } from 'node:fs';
import type { BytePath } from '../fs/byte-path.ts';
import { bytePath, joinBytePath, pathBytes } from '../fs/byte-path.ts';
import { readDir } from '../fs/read-dir.ts';
import { refused } from './root-directory.ts';

const prefix = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * What one layer has put where, because its deletion marks mean lower layers only, in whatever order they come:
 * https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
 */
export class LayerPaths {
  readonly #paths = new Set<string>();

  /** Notes a host path and the directories above it. */
  add(path: BytePath, root: string): void {
    const rootLength = key(root).length;
    for (let at = key(path); at.length > rootLength && !this.#paths.has(at); at = at.slice(0, at.lastIndexOf('/'))) {
      this.#paths.add(at);
    }
  }

  /**
   * For a deletion mark: a function that gives the host paths to remove, or throws ARCHIVE_INVALID with the entry's name. Undefined for any
   * other entry.
   */
  removedBy(target: BytePath, base: BytePath): ((name: BytePath) => BytePath[]) | undefined {
    const text = pathBytes(base).toString('latin1');
    if (!text.startsWith(prefix)) return undefined;
    const directory = bytePath(pathBytes(target).subarray(0, -text.length - 1));
    if (text === opaque) return () => this.#lowerContent(directory);
    // Marks of the union file system that the format comes from; they delete nothing.
    if (text.startsWith(`${prefix}${prefix}`)) return () => [];
    return (name) => {
      const removed = text.slice(prefix.length);
      if (removed === '' || removed === '.' || removed === '..') throw refused(name, 'it deletes no name');
      const path = joinBytePath(directory, bytePath(Buffer.from(removed, 'latin1')));
      return this.#paths.has(key(path)) ? [] : [path];
    };
  }

  #lowerContent(directory: BytePath): BytePath[] {
    return readDir(directory).flatMap((name) => {
      const path = joinBytePath(directory, name);
      if (!this.#paths.has(key(path))) return [path];
      return lstatSync(path).isDirectory() ? this.#lowerContent(path) : [];
    });
  }
}

function key(path: BytePath): string {
  return pathBytes(path).toString('latin1');
}
