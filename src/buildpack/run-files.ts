import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildEnvironment, PathPair } from '../environment/build-environment.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { within } from './buildpack-variables.ts';

/** Gives a run of a buildpack a directory for what it exchanges with us, outside of `<layers>`, and removes it afterwards (BLD-22). */
export async function withRunDirectory<T>(
  environment: BuildEnvironment,
  id: string,
  use: (dir: PathPair) => Promise<T>,
): Promise<T> {
  const dir = within(environment.paths.tmp, `${escapeBuildpackId(id)}-${randomBytes(6).toString('hex')}`);
  mkdirSync(dir.host);
  chmodSync(dir.host, 0o700);
  try {
    return await use(dir);
  } finally {
    await removeTree(dir.host);
  }
}
