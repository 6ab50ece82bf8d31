import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import type { BytePath } from '../fs/byte-path.ts';
import { pathBytes } from '../fs/byte-path.ts';
import { walk } from '../fs/walk.ts';

export interface TreeDigestOptions {
  /** Names of directories that do not count. */
  readonly except?: readonly string[];
}

/** sha256 over paths, kinds, executability, link targets and contents of everything in a directory. */
export function treeDigest(root: string, { except = [] }: TreeDigestOptions = {}): string {
  const hash = createHash('sha256');
  const counts = (relative: BytePath): boolean => !except.includes(relative.toString().split('/').at(-1) ?? '');
  for (const { path, relative, stats } of walk(root, { enter: counts })) {
    if (!counts(relative)) continue;
    const kind = stats.isSymbolicLink() ? 'l' : stats.isDirectory() ? 'd' : (stats.mode & 0o100) === 0 ? 'f' : 'x';
    const content = stats.isFile() ? readFileSync(path) : stats.isSymbolicLink() ? readlinkSync(path, 'buffer') : '';
    hash
      .update(`${kind} ${pathBytes(relative).length} ${content.length}\n`)
      .update(pathBytes(relative))
      .update(content);
  }
  return hash.digest('hex');
}
