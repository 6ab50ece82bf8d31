import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import type { BytePath } from '../fs/byte-path.ts';
import { copyFile } from '../fs/copy-tree.ts';
import { diskError } from '../fs/system-error.ts';
import { takeTurns } from '../fs/take-turns.ts';
import { listedStats } from './hash-entries.ts';
import type { ListedEntry } from './list-source.ts';
import { inRoot } from './list-source.ts';

/** Copies entries to an empty directory, whatever the umask. Throws SOURCE_CHANGED, SOURCE_UNREADABLE, DISK_FULL. */
export async function copyEntries(root: string, entries: readonly ListedEntry[], to: string): Promise<void> {
  const turn = takeTurns();
  chmodSync(to, 0o755);
  for (const entry of entries) {
    try {
      copyEntry(root, entry, inRoot(to, entry.bytes));
    } catch (error) {
      throw diskError(error, `Cannot copy "${entry.path}"`);
    }
    await turn();
  }
}

function copyEntry(root: string, entry: ListedEntry, target: BytePath): void {
  if (entry.type === 'file') {
    copyFile({ path: inRoot(root, entry.bytes), stats: listedStats(root, entry) }, target, 'normalize');
  } else if (entry.type === 'symlink') symlinkSync(entry.linkBytes ?? '', target);
  else {
    mkdirSync(target);
    chmodSync(target, 0o755);
  }
}
