import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../events.ts';
import { withLock } from '../fs/lock.ts';
import { diskError } from '../fs/system-error.ts';
import { walk } from '../fs/walk.ts';
import { hashOf } from './documents.ts';
import type { RemoveTree, Session } from './sessions.ts';
import { inStore } from './store-error.ts';
import type { StoreLayout } from './store-layout.ts';
import type { UseTimes } from './use-times.ts';

export interface KeptDirectories {
  /**
   * The directory of the key, absolute. If it is not there `fill` is called with an empty one; two builds fill it at most once, the second
   * waits. Files of a toolchain are read-only afterwards; a root file system keeps its modes, which are part of it, and is to be mounted
   * read-only. When `fill` fails nothing is kept.
   */
  ensure(key: string, fill: (dir: string) => Promise<void>, options?: EnsureOptions): Promise<string>;
}

export interface EnsureOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface KeptDirectoriesParts {
  readonly layout: StoreLayout;
  readonly kind: 'toolchains' | 'rootfs';
  readonly session: Session;
  readonly uses: UseTimes;
  readonly report: Report;
  readonly removeTree: RemoveTree;
}

export function keptDirectories(parts: KeptDirectoriesParts): KeptDirectories {
  const { layout, kind, session, uses, report, removeTree } = parts;
  return {
    async ensure(key, fill, { signal } = {}): Promise<string> {
      const name = directoryName(key);
      const dir = join(layout[kind], name);
      const mark = `${dir}.used`;
      if (await inStore(layout.dir, async () => await uses.mark(mark, dir))) return dir;
      const onWait = (pid: number): void =>
        report({ type: 'info', message: `Waiting for process ${pid}, which is fetching ${key}` });
      const make = async (): Promise<string> => {
        if (await uses.mark(mark, dir)) return dir;
        const made = session.temporaryPath();
        try {
          mkdirSync(made);
          await fill(made);
          if (kind === 'toolchains') makeFilesReadOnly(made);
          await uses.announce(mark);
          renameSync(made, dir);
        } catch (error) {
          await removeTree(made);
          throw diskError(error, `Cannot fill "${dir}"`);
        }
        return dir;
      };
      return await withLock(join(layout.locks, `${kind}-${name}`), make, { signal, onWait });
    },
  };
}

/** Readable, and different for different keys. */
function directoryName(key: string): string {
  return `${key.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 60)}-${hashOf(key).slice(0, 16)}`;
}

/** A build that writes into a shared toolchain would change all later ones. Directories stay writable, so that a prune can remove them. */
function makeFilesReadOnly(dir: string): void {
  for (const { path, stats } of walk(dir)) {
    if (stats.isFile() && (stats.mode & 0o222) !== 0) chmodSync(path, stats.mode & 0o7555);
  }
}
