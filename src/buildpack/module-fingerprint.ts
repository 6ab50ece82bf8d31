import { createHash } from 'node:crypto';
import type { ModuleFiles, ReadyModule } from './module-files.ts';
import { toolDigest } from './tool-digest.ts';
import { treeDigest } from './tree-digest.ts';

/** Of the compiled code, which has all that it imports, or of its directory without installed packages and version control. */
export function moduleFingerprint({ root, entry }: ModuleFiles, ready: ReadyModule): string {
  const own = treeDigest(root, { except: ['node_modules', '.git'] });
  const code = 'code' in ready ? ready.code : '';
  return createHash('sha256')
    .update([toolDigest(), entry.slice(root.length), own, code].join('\n'))
    .digest('hex');
}
