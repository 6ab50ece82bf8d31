import { existsSync } from 'node:fs';
import { writeAnalyzed, type Analyzed } from '../../cnb/analyzed.ts';
import { atLeast } from '../../cnb/api-version.ts';
import type { GroupEntry } from '../../cnb/group.ts';
import { TsbuildpackError } from '../../errors.ts';
import type { LayerCache } from '../../lifecycle/layer-cache.ts';
import { archivedCache } from '../../lifecycle/restorable-cache.ts';
import { restore } from '../../lifecycle/restore.ts';
import { targetFacts } from './analyzer.ts';
import { phaseCache } from './phase-cache.ts';
import { writeDocument, type ConnectedContext } from './phase-context.ts';
import { badInputs, failingWith, generalStatus } from './phase-error.ts';
import { readAnalyzed, readGroup } from './read-documents.ts';
import { isAmong, isReadable, knownRunImages } from './run-image-choice.ts';

const restoreError = 42;

/** https://github.com/buildpacks/spec/blob/main/platform.md#restorer */
export async function runRestorer(context: ConnectedContext): Promise<void> {
  const { inputs, surroundings } = context;
  if (inputs.arguments.length > 0) throw badInputs('Cannot run the restorer: it takes no arguments');
  const { group, groupExtensions } = await readGroup(inputs.text('group'));
  const found = await readAnalyzed(inputs.text('analyzed'), surroundings.report);
  await checkRunImage(found, context);
  const analyzed = groupExtensions.length === 0 ? found : await withSwitchedRunImage(found, context);
  if (existsSync(inputs.text('analyzed'))) writeDocument(inputs.text('analyzed'), writeAnalyzed(analyzed));
  await restoreWith({ group, analyzed, cache: await phaseCache(context) }, context);
}

/** What analyzed.toml has is used as it is, but it has to be readable since Platform API 0.14 (RST-17). */
async function checkRunImage({ runImage }: Analyzed, { inputs, images }: ConnectedContext): Promise<void> {
  const name = runImage?.image ?? '';
  if (!atLeast(inputs.platformApi, '0.14') || name === '') return;
  if (!knownRunImages(inputs).some((names) => isAmong(name, names)) || (await isReadable(name, images))) return;
  throw new TsbuildpackError('RUN_IMAGE_NOT_FOUND', `Cannot read the selected run image "${name}"`, {
    exitCode: generalStatus.failed,
  });
}

/** A run image that an extension chose has a name alone: where it is, and what for, is known as soon as it was looked at (RST-16). */
async function withSwitchedRunImage(analyzed: Analyzed, { inputs, images }: ConnectedContext): Promise<Analyzed> {
  const { runImage } = analyzed;
  const { image: name = '', target, extend = false } = runImage ?? {};
  const isKnown = target?.os !== undefined && (!extend || images.kind === 'layout');
  if (runImage === undefined || name === '' || isKnown || !atLeast(inputs.platformApi, '0.10')) return analyzed;
  return await failingWith(generalStatus.failed, async () => {
    const image = await images.open(name);
    if (image === undefined) {
      throw new TsbuildpackError('RUN_IMAGE_NOT_FOUND', `Cannot find run image "${name}", which an extension chose`);
    }
    const reference = images.recordOf(name, image.digest);
    const facts = atLeast(inputs.platformApi, '0.12') ? { target: targetFacts(image, name) } : {};
    return { ...analyzed, runImage: { reference, image: name, extend, ...facts } };
  });
}

export interface RestoreParts {
  readonly group: readonly GroupEntry[];
  readonly analyzed: Analyzed;
  readonly cache: LayerCache | undefined;
}

export async function restoreWith(
  { group, analyzed, cache }: RestoreParts,
  { inputs, surroundings }: ConnectedContext,
): Promise<void> {
  const { report, signal } = surroundings;
  const layersDir = inputs.text('layers');
  const layers = { host: layersDir, inside: layersDir, image: layersDir };
  await failingWith(restoreError, () =>
    restore({
      group: group.map(({ id }) => id),
      previous: analyzed.metadata,
      reuseLaunchLayers: true,
      layersDir,
      cache: cache && archivedCache(cache, layers, signal),
      skipLayers: inputs.isSet('skip-layers') || inputs.isSet('skip-restore'),
      platformApi: inputs.platformApi,
      report,
    }),
  );
}
