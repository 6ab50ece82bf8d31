import { resolve } from 'node:path';
import type { ResolvedInput } from '../buildpack/resolved-input.ts';
import { parseResolvedInputs } from '../lifecycle/build-report.ts';
import type { CreateDependencies, CreateRequest, CreateResult } from '../lifecycle/create-request.ts';
import { create } from '../lifecycle/create.ts';
import { formatReference } from '../registry/reference.ts';
import type { Store } from '../store/store.ts';
import type { BuildOptions, Surroundings } from './build-options.ts';
import { chooseNames, chooseOutputs, showNames, type ImageNames } from './build-outputs.ts';
import { Places } from './places.ts';
import { prepareProject, type Project } from './project.ts';
import { readInputFile } from './read-input-file.ts';
import { openBuildImages, openRunImages } from './run-images.ts';
import type { Settings } from './settings.ts';
import { useStore } from './use-store.ts';

/** `tsbuildpack build`: from a user's words to images that were written. */
export async function buildImage(options: BuildOptions, surroundings: Surroundings): Promise<CreateResult> {
  const project = await prepareProject(options, surroundings);
  return await useStore(project.settings.store, surroundings, async (store) => {
    const names = await chooseNames(project);
    surroundings.report({ type: 'info', message: `Building ${showNames(names)}` });
    const request = await buildRequest(options, { project, names, store, surroundings });
    return await create(request, dependencies(store, surroundings, project.settings));
  });
}

export function dependencies(store: Store, surroundings: Surroundings, settings: Settings): CreateDependencies {
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
  const epoch = sourceDateEpoch(surroundings);
  const resolved =
    options.resolved === undefined ? undefined : readResolved(resolve(surroundings.cwd, options.resolved));
  const inputs = await project.chooseInputs(store, new Map(resolved?.map(({ name, value }) => [name, value])));
  return {
    source: await project.readSource(store),
    order: inputs.order,
    buildpacks: inputs.buildpacks,
    inputs: inputs.inputs,
    env: project.variables,
    platform: project.platform,
    runImage: inputs.runImage,
    isolation: inputs.isolation,
    ...(inputs.buildImage && { buildImage: inputs.buildImage }),
    ...(settings.network && { network: settings.network }),
    launcher: settings.launcher ?? 'default',
    ...(settings.process !== undefined && { defaultProcess: settings.process }),
    labels: project.labels,
    ...(epoch !== undefined && { sourceDateEpoch: epoch }),
    name: formatReference(names.tags[0]),
    scope: settings['cache-scope'] ?? names.scope,
    compression: settings.compression ?? 'gzip',
    clearCache: options.clearCache,
    ...(resolved !== undefined && { resolved }),
    outputs: await chooseOutputs(options, { settings, names, places: new Places({ store, surroundings }) }),
  };
}

function readResolved(file: string): readonly ResolvedInput[] {
  const hint = 'Name a file that another build wrote with --report';
  return parseResolvedInputs(readInputFile(file, { action: 'Cannot read resolved inputs from', hint }), file);
}

/** https://reproducible-builds.org/specs/source-date-epoch/. What cannot be read is ignored with a warning (EXP-19). */
function sourceDateEpoch({ env, report }: Surroundings): number | undefined {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || text === '') return undefined;
  // Years that RFC 3339 can say; the reference takes negative ones too.
  if (/^-?\d{1,12}$/.test(text) && Math.abs(Number(text)) <= 253_402_300_799) return Number(text);
  report({ type: 'warning', message: `Ignoring SOURCE_DATE_EPOCH "${text}": it is not a number of seconds` });
  return undefined;
}
