import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Network } from '../environment/bundle-config.ts';
import { findIdMapping } from '../environment/id-mapping.ts';
import { runBundle } from '../environment/run-bundle.ts';
import { removeBundle, writeBundle } from '../environment/write-bundle.ts';
import type { Image } from '../image/image.ts';
import { buildImage } from './build-image.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { readBuildVariables } from './build-variables.ts';
import { openImage } from './open-image.ts';
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
    const folder = await store.temporaryDirectory();
    const bundle = join(folder.path, 'bundle');
    const ids = findIdMapping();
    try {
      const terminal = isTerminal();
      await writeBundle(image, bundle, { report, network, terminal, signal, ids });
      // From here on Ctrl-C is for the container.
      releaseSignals();
      return await runBundle(bundle, {
        report,
        network,
        terminal,
        args,
        env: readBuildVariables({ flags: options.env, files: [], project: [], hostEnv }),
        ...(process !== undefined && { process }),
      });
    } finally {
      await removeBundle(bundle, ids);
      await folder.remove();
    }
  });
}

function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
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
