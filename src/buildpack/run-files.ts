import { chmodSync, mkdirSync } from 'node:fs';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildEnvironment, PathPair } from '../environment/build-environment.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { within } from './buildpack-variables.ts';
import type { RunnerVerb } from './runner-protocol.ts';

/**
 * Gives a run of a buildpack a directory for what it exchanges with us, outside of `<layers>`, and removes it afterwards (BLD-22). Its
 * name is the same in every build: a buildpack that writes its environment into a layer makes the same layer then.
 */
export async function withRunDirectory<T>(
  environment: BuildEnvironment,
  { id, phase }: { readonly id: string; readonly phase: RunnerVerb | 'generate' },
  use: (dir: PathPair) => Promise<T>,
): Promise<T> {
  const dir = within(environment.paths.tmp, `${escapeBuildpackId(id)}-${phase}`);
  await removeTree(dir.host);
  mkdirSync(dir.host);
  chmodSync(dir.host, 0o700);
  try {
    return await use(dir);
  } finally {
    await removeTree(dir.host);
  }
}
