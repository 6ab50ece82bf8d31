import { writeAnalyzed, type Analyzed, type AnalyzedRunImage } from '../../cnb/analyzed.ts';
import { atLeast } from '../../cnb/api-version.ts';
import { lifecycleMetadataLabel } from '../../cnb/lifecycle-metadata.ts';
import { labelledDistro } from '../../cnb/targets.ts';
import { TsbuildpackError } from '../../errors.ts';
import type { Image } from '../../image/image.ts';
import { isForExecEnv, previousImageOf } from '../../lifecycle/previous-image.ts';
import { fetchPreviousSboms } from '../../lifecycle/restore-sboms.ts';
import { requireExperimental } from './experimental.ts';
import { writeDocument, type ConnectedContext } from './phase-context.ts';
import { badInputs, failingWith, generalStatus } from './phase-error.ts';
import { parsedName, registryImages, requireOneRegistry } from './phase-images.ts';
import { chooseRunImageName } from './run-image-choice.ts';

const analyzeError = 32;

/** https://github.com/buildpacks/spec/blob/main/platform.md#analyzer */
export async function runAnalyzer(context: ConnectedContext): Promise<void> {
  await analyzeInto(context);
}

/** The image with its further names, and the run image. */
export interface AnalyzedNames {
  readonly targets: readonly [string, ...string[]];
  readonly runImageName: string;
}

/** What is wrong with what the platform gave us, before anything is touched: status 3. */
export async function analyzedNames(context: ConnectedContext): Promise<AnalyzedNames> {
  const { inputs, images } = context;
  const [output, ...others] = inputs.arguments;
  if (output === undefined || others.length > 0) {
    throw badInputs(`Cannot run the ${inputs.phase}: it takes one image, not ${inputs.arguments.length}`);
  }
  const targets = [output, ...inputs.list('tag')] as const;
  requireOneRegistry(targets);
  requireExperimental(context);
  const { badInputs: status } = generalStatus;
  const runImageName = await failingWith(status, () => chooseRunImageName(inputs, images, output));
  return { targets, runImageName };
}

/** Looks at the images around the build, then writes analyzed.toml. */
export async function analyzeInto(context: ConnectedContext, names?: AnalyzedNames): Promise<Analyzed> {
  const { inputs, images } = context;
  const { targets, runImageName } = names ?? (await analyzedNames(context));
  const [output] = targets;
  const previousName = inputs.text('previous-image') || output;
  for (const name of [previousName, runImageName]) parsedName(name);
  return await failingWith(analyzeError, async () => {
    const [previous, runImage] = await Promise.all([images.open(previousName), images.open(runImageName)]);
    for (const name of targets) await images.checkWritable(name);
    await checkCacheImage(context);
    const analyzed = {
      ...(await previousFacts(previous, previousName, context)),
      runImage: runImageFacts(runImage, runImageName, context),
    };
    writeDocument(inputs.text('analyzed'), writeAnalyzed(analyzed));
    return analyzed;
  });
}

/** It is in a registry, wherever the others are (ANA-04). */
async function checkCacheImage({ inputs, store, surroundings }: ConnectedContext): Promise<void> {
  const name = inputs.text('cache-image');
  if (name !== '') await registryImages(inputs, { store, surroundings }).checkWritable(name);
}

/** ANA-07: an image that says nothing keeps its name, one whose label cannot be read counts as none. */
async function previousFacts(
  image: Image | undefined,
  name: string,
  { inputs, images, surroundings }: ConnectedContext,
): Promise<Pick<Analyzed, 'previousImage' | 'metadata'>> {
  if (image === undefined) return { previousImage: '' };
  const reference = images.recordOf(name, image.digest);
  const { platformApi, execEnv } = inputs;
  const isForThis = !atLeast(platformApi, '0.15') || isForExecEnv(image, execEnv);
  const previous = isForThis ? previousImageOf(image) : undefined;
  if (previous === undefined) {
    const saysNothing = image.config.config?.Labels?.[lifecycleMetadataLabel] === undefined;
    return { previousImage: saysNothing ? reference : '' };
  }
  const skips = inputs.isSet('skip-layers') || inputs.isSet('skip-restore');
  if (atLeast(inputs.platformApi, '0.8') && !skips) {
    const layers = inputs.text('layers');
    await fetchPreviousSboms(previous, { host: layers, inside: layers, image: layers }, surroundings);
  }
  return { previousImage: reference, metadata: previous.metadata };
}

function runImageFacts(image: Image | undefined, name: string, { inputs, images }: ConnectedContext): AnalyzedRunImage {
  if (image === undefined && images.kind !== 'layout') {
    throw new TsbuildpackError('RUN_IMAGE_NOT_FOUND', `Cannot find run image "${name}"`);
  }
  const reference = image === undefined ? '' : images.recordOf(name, image.digest);
  if (!atLeast(inputs.platformApi, '0.12')) return { reference, extend: false };
  // A layout in which there is no such image stands for one of this machine, as with the reference; the exporter fails.
  const target = image === undefined ? machineTarget() : targetFacts(image, name);
  return { reference, image: images.nameOf(name), extend: false, ...(target && { target }) };
}

function machineTarget(): NonNullable<AnalyzedRunImage['target']> {
  return { os: 'linux', arch: process.arch === 'x64' ? 'amd64' : process.arch };
}

/** What the config and the labels say, without looking into the image's files (TGT-17, TGT-18). */
export function targetFacts({ config }: Image, name: string): NonNullable<AnalyzedRunImage['target']> {
  if (config.os === '') {
    throw new TsbuildpackError(
      'ANALYZE_FAILED',
      `Cannot use run image "${name}": its config names no operating system`,
    );
  }
  const labels = config.config?.Labels ?? {};
  const { name: distroName, version: distroVersion } = labelledDistro(labels);
  const facts = {
    id: labels['io.buildpacks.base.id'],
    os: config.os,
    arch: config.architecture,
    variant: config.variant,
    distroName,
    distroVersion,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value));
}
