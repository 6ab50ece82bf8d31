import { resolve } from 'node:path';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { parseResolvedInputs } from '../lifecycle/build-report.ts';
import type { CreateDependencies, CreateRequest, CreateResult } from '../lifecycle/create-request.ts';
import { create } from '../lifecycle/create.ts';
import { formatReference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { chooseNames, chooseOutputs, showNames, type ImageNames } from './build-outputs.ts';
import { chooseKeptLayers } from './kept-layers.ts';
import { Places } from './places.ts';
import { readBindings } from './read-bindings.ts';
import { readLock } from './read-lock.ts';
import { prepareProject, type Project } from './project.ts';
import { readInputFile } from './read-input-file.ts';
import { openBuildImages, openRunImages } from './run-images.ts';
import type { Settings } from './settings.ts';
import { sourceDateEpoch } from './source-date-epoch.ts';
import { useStore } from './use-store.ts';

/** `tsbuildpack build`: from a user's words to images that were written. */
export async function buildImage(options: BuildOptions, surroundings: Surroundings): Promise<CreateResult> {
  const project = await prepareProject(options, surroundings);
  return await useStore(project.settings.store, surroundings, async (store) => {
    const names = await chooseNames(project);
    surroundings.report({ type: 'info', message: `Building ${showNames(names)}` });
    const request = await buildRequest(options, { project, names, store, surroundings });
    return await create(
      request,
      dependencies(store, surroundings, { ...project.settings, refresh: options.refresh ?? false }),
    );
  });
}

export function dependencies(
  store: Store,
  surroundings: Surroundings,
  settings: Settings & { readonly refresh?: boolean },
): CreateDependencies {
  const { report, now, env, signal } = surroundings;
  const resolveRunImage = openRunImages(store, surroundings, settings);
  const resolveBuildImage = openBuildImages(store, surroundings, settings);
  return { store, report, now, hostEnv: env, resolveRunImage, resolveBuildImage, signal };
}

interface Parts {
  readonly project: Project;
  readonly names: ImageNames;
  readonly store: Store;
  readonly surroundings: Surroundings;
}

async function buildRequest(options: BuildOptions, parts: Parts): Promise<CreateRequest> {
  const { project, names, store, surroundings } = parts;
  const { settings } = project;
  const resolved =
    options.resolved === undefined ? undefined : readResolved(resolve(surroundings.cwd, options.resolved));
  // What another build resolved is named for this build alone, and comes before what is written down for all.
  const lock = resolved === undefined ? readLock(project.appDir, project.platform) : undefined;
  const pinned = resolved ?? lock?.inputs;
  const inputs = await project.chooseInputs(store, new Map(pinned?.map(({ name, value }) => [name, value])));
  return {
    source: await project.readSource(store),
    ...inputs,
    ...fromSettings(settings, names),
    ...timeOf(surroundings),
    env: project.variables,
    platform: project.platform,
    labels: project.labels,
    name: formatReference(names.tags[0]),
    clearCache: options.clearCache,
    bindings: readBindings(options.bindings ?? [], surroundings.cwd),
    ...(await chooseKeptLayers(options, { store, surroundings, platform: project.platform })),
    refresh: options.refresh ?? false,
    ...(lock && { lock }),
    ...(resolved !== undefined && { resolved }),
    outputs: await chooseOutputs(options, { settings, names, places: new Places({ store, surroundings }) }),
  };
}

type FromSettings = Pick<
  CreateRequest,
  'network' | 'launcher' | 'defaultProcess' | 'execEnv' | 'scope' | 'compression'
>;

function fromSettings(settings: Settings, names: ImageNames): FromSettings {
  return {
    ...(settings.network && { network: settings.network }),
    launcher: settings.launcher ?? 'default',
    ...(settings.process !== undefined && { defaultProcess: settings.process }),
    ...(settings['exec-env'] !== undefined && { execEnv: settings['exec-env'] }),
    scope: settings['cache-scope'] ?? names.scope,
    compression: settings.compression ?? 'gzip',
  };
}

function timeOf(surroundings: Surroundings): Pick<CreateRequest, 'sourceDateEpoch'> {
  const epoch = sourceDateEpoch(surroundings);
  return epoch === undefined ? {} : { sourceDateEpoch: epoch };
}

function readResolved(file: string): readonly ResolvedInput[] {
  const hint = 'Name a file that another build wrote with --report';
  return parseResolvedInputs(readInputFile(file, { action: 'Cannot read resolved inputs from', hint }), file);
}
