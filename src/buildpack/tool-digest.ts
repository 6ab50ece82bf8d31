import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, packageVersion } from '../fs/package-root.ts';
import { walk } from '../fs/walk.ts';

let known: string | undefined;

/**
 * Digest of the tool itself, which built-in buildpacks are part of: another version or a rebuilt one may build otherwise. By name, size
 * and time, because it is asked for in every build; chunks of the bundle have a digest of their content in their names.
 */
export function toolDigest(): string {
  known ??= digestOf(packageRoot());
  return known;
}

function digestOf(root: string): string {
  const hash = createHash('sha256').update(packageVersion(root));
  for (const folder of ['dist', 'src', 'buildpacks', 'launcher/prebuilt', 'stacks'].map((name) => join(root, name))) {
    if (!existsSync(folder)) continue;
    for (const { relative, stats } of walk(folder)) {
      if (stats.isFile())
        hash.update(`\n${folder.slice(root.length)}/${String(relative)} ${stats.size} ${stats.mtimeMs}`);
    }
  }
  return hash.digest('hex');
}
