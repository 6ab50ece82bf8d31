import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../cnb/env-modification.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';

/**
 * Writes the user's variables to `<platform>/env`, one file each — https://github.com/buildpacks/spec/blob/main/buildpack.md#provided-by-the-platform.
 * They are there for buildpacks with clear-env too. Throws USAGE for a name that no file can have.
 */
export async function writePlatformDirectory(platform: string, env: Env): Promise<void> {
  const dir = join(platform, 'env');
  await removeTree(dir);
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o755);
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name === '.' || name === '..' || /[=/\0]/.test(name) || value.includes('\0')) {
      throw new TsbuildpackError(
        'USAGE',
        `Cannot set build variable "${name}": no variable can have this name or value`,
      );
    }
    const file = join(dir, name);
    writeFileSync(file, value);
    chmodSync(file, 0o644);
  }
}
