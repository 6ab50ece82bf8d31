import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import type { IdMapping } from './id-mapping.ts';
import { findIdMapping } from './id-mapping.ts';

/**
 * Removes a tree in which directories may belong to ids of the caller's ranges: they can only be emptied as root of a namespace that has
 * the ranges. Throws OUTPUT_FAILED, system errors.
 */
export async function removeOwnedTree(dir: string, known?: IdMapping): Promise<void> {
  try {
    await removeTree(dir);
  } catch (error) {
    const code = systemErrorCode(error);
    const ids = known ?? findIdMapping();
    if (ids.kind !== 'ranges' || (code !== 'EACCES' && code !== 'EPERM')) throw error;
    const { runInUserNamespace } = await import('./user-namespace.ts');
    const { exitCode, stderr } = await runInUserNamespace(['rm', '-rf', '--', dir], { ids });
    if (exitCode !== 0)
      throw new TsbuildpackError('OUTPUT_FAILED', `Cannot remove "${dir}"`, { detail: stderr.trim() });
  }
}
