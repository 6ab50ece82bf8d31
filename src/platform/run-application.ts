import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Network } from '../environment/bundle-config.ts';
import type { Image } from '../image/image.ts';
import { buildImage } from './build-image.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { readBuildVariables } from './build-variables.ts';
import { openImage } from './open-image.ts';
import { startImage } from './start-image.ts';
import { useStore } from './use-store.ts';

export interface RunOptions {
  /** A folder with source, or an image. */
  readonly target: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly process?: string | undefined;
  readonly network: Network;
  readonly platform?: string | undefined;
  readonly store?: string | undefined;
}

/** `tsbuildpack run`: builds what is a folder, unpacks, starts, and gives the process's exit status. */
export async function runApplication(
  options: RunOptions,
  surroundings: Surroundings & { readonly releaseSignals: () => void },
): Promise<number> {
  const { report, signal, env: hostEnv, releaseSignals } = surroundings;
  const built = isFolder(resolve(surroundings.cwd, options.target)) ? await build(options, surroundings) : undefined;
  return await useStore(options.store, surroundings, async (store) => {
    const { target, platform, network, args, process } = options;
    const image = built ?? (await openImage(target, { store, surroundings, platform }));
    const more = readBuildVariables({ flags: options.env, files: [], project: [], hostEnv });
    return await startImage(
      image,
      { network, args, env: more, ...(process !== undefined && { process }) },
      { store, report, signal, releaseSignals },
    );
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function build({ target, platform, store }: RunOptions, surroundings: Surroundings): Promise<Image> {
  const options: BuildOptions = {
    directory: target,
    tags: [],
    outputs: [],
    push: false,
    buildpacks: [],
    preBuildpacks: [],
    postBuildpacks: [],
    env: [],
    envFiles: [],
    labels: [],
    clearCache: false,
    platform,
    store,
  };
  return (await buildImage(options, surroundings)).image;
}
