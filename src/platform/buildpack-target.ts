import { cpSync, existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { copyTree } from '../fs/copy-tree.ts';
import type { Platform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';

/**
 * Where a buildpack's files for a machine are. As pack has it, a buildpack with programs of its own keeps them in `OS/ARCH[/VARIANT]/`
 * below its buildpack.toml; any other directory is for every machine.
 */
export async function targetDirectory(
  dir: string,
  { os, architecture, variant }: Platform,
  store: Store,
): Promise<string> {
  // An archive is one already.
  if (!isDirectory(dir)) return dir;
  const places = [
    [os, architecture, variant ?? ''],
    [os, architecture],
  ].map((parts) => join(dir, ...parts));
  const found = places.find((place) => isDirectory(join(place, 'bin')));
  if (found === undefined || existsSync(join(dir, 'bin')) || !existsSync(join(dir, 'buildpack.toml'))) return dir;
  const { path } = await store.temporaryDirectory();
  const copy = join(path, 'buildpack');
  await copyTree(found, copy);
  // The one at the top is for all machines.
  rmSync(join(copy, 'buildpack.toml'), { force: true });
  cpSync(join(dir, 'buildpack.toml'), join(copy, 'buildpack.toml'));
  return copy;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
