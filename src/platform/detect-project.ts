import { detectOnly } from '../lifecycle/detect-only.ts';
import type { Detected, GroupTrial } from '../lifecycle/detect.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { dependencies } from './build-image.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { readBindings } from './read-bindings.ts';
import { prepareProject } from './project.ts';
import { useStore } from './use-store.ts';

/** `tsbuildpack detect`: what a build of this folder would choose. */
export async function detectProject(
  options: BuildOptions,
  surroundings: Surroundings,
  onTrial?: (trial: GroupTrial) => void,
): Promise<Detected> {
  const project = await prepareProject(options, surroundings);
  return await useStore(project.settings.store, surroundings, async (store) => {
    const { variables: env, platform } = project;
    const { isolation, buildImage, runImage, operatorEnv, ...chosen } = await project.chooseInputs(store);
    const { order, buildpacks, extensions } = chosen;
    const source = await project.readSource(store);
    const { network, 'exec-env': execEnv } = project.settings;
    const bindings = readBindings(options.bindings ?? [], surroundings.cwd);
    const builder = {
      runImage,
      ...(buildImage && { buildImage }),
      ...(operatorEnv && { operatorEnv }),
      ...(extensions && { extensions }),
    };
    const images = { ...builder, ...(network && { network }), ...(execEnv && { execEnv }) };
    return await detectOnly(
      { source, order, buildpacks, env, bindings, platform, isolation, ...images },
      { ...dependencies(store, surroundings, project.settings), ...(onTrial && { onTrial }) },
    );
  });
}

/** What enters a build of this folder. */
export async function listSourceOf(options: BuildOptions, surroundings: Surroundings): Promise<SourceTree> {
  const project = await prepareProject(options, surroundings);
  return await useStore(project.settings.store, surroundings, (store) => project.readSource(store));
}
