import { lstatSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildEnvironment } from '../environment/build-environment.ts';
import { removeTree } from '../fs/remove-tree.ts';

/** Layers that were restored for buildpacks whose turn has not come. */
export interface LaterLayers {
  /** Puts the layers of one buildpack where they belong; what somebody else has put there is removed. */
  show(buildpack: Buildpack): Promise<void>;
  showAll(): Promise<void>;
}

/**
 * Moves restored layers out of sight until their buildpack runs: one that nobody vetted could otherwise plant a link in the cache of a
 * built-in buildpack, which works in our own view of the file system. Only where there is a place that no child sees.
 */
export function hideLaterLayers(group: readonly Buildpack[], environment: BuildEnvironment): LaterLayers {
  const layers = environment.paths.layers.host;
  const aside = join(dirname(layers), 'later-layers');
  const hidden = new Set<string>();
  if (environment.hides && group.some(({ kind }) => kind !== 'builtin')) {
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    for (const name of group.map(directoryOf)) {
      if (lstatSync(join(layers, name), { throwIfNoEntry: false })?.isDirectory() !== true) continue;
      renameSync(join(layers, name), join(aside, name));
      hidden.add(name);
    }
  }
  const show = async (name: string): Promise<void> => {
    if (!hidden.delete(name)) return;
    await removeTree(join(layers, name));
    renameSync(join(aside, name), join(layers, name));
  };
  return {
    show: (buildpack) => show(directoryOf(buildpack)),
    async showAll() {
      for (const name of hidden) await show(name);
      await removeTree(aside);
    },
  };
}

function directoryOf({ descriptor: { id } }: Buildpack): string {
  return escapeBuildpackId(id);
}
