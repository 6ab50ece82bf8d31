import { renameSync } from 'node:fs';
import { copyTree } from '../fs/copy-tree.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { systemErrorCode } from '../fs/system-error.ts';

/** Renames a directory, or copies and removes it when the new place is on another file system. The new place must not be there. */
export async function moveTree(from: string, to: string): Promise<void> {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemErrorCode(error) !== 'EXDEV') throw error;
    await copyTree(from, to);
    await removeTree(from);
  }
}
