import { existsSync } from 'node:fs';
import type { Analyzed } from '../../cnb/analyzed.ts';
import { atLeast } from '../../cnb/api-version.ts';
import type { GroupEntry } from '../../cnb/group.ts';
import type { StoredBomEntry } from '../../cnb/launch-metadata.ts';
import { projectMetadataLabel } from '../../cnb/project-metadata.ts';
import { writeReport } from '../../cnb/report.ts';
import { TsbuildpackError } from '../../errors.ts';
import { packageVersion } from '../../fs/package-root.ts';
import type { Report } from '../../events.ts';
import type { Image } from '../../image/image.ts';
import { cacheArchives } from '../../lifecycle/cache-archives.ts';
import type { BuildPhaseResult } from '../../lifecycle/build.ts';
import { exportImage, type Exported } from '../../lifecycle/export.ts';
import type { LayerCache } from '../../lifecycle/layer-cache.ts';
import { readBuilt } from '../../lifecycle/read-built.ts';
import { parseReference } from '../../registry/reference.ts';
import { imageFiles } from '../../stack/image-files.ts';
import type { RunImage } from '../../stack/run-image.ts';
import { sourceDateEpoch } from '../source-date-epoch.ts';
import { requireExperimental } from './experimental.ts';
import { copyLauncherSboms } from './launcher-sboms.ts';
import { phaseCache } from './phase-cache.ts';
import { inGivenDirectories, targetOf, writeDocument, type ConnectedContext } from './phase-context.ts';
import { badInputs, failingWith, generalStatus } from './phase-error.ts';
import { requireOneRegistry } from './phase-images.ts';
import { readAnalyzed, readDocument, readGroup } from './read-documents.ts';
import { namesForLabel } from './run-image-choice.ts';

const exportError = 62;

/** https://github.com/buildpacks/spec/blob/main/platform.md#exporter */
export async function runExporter(context: ConnectedContext): Promise<void> {
  const { inputs, surroundings } = context;
  if (inputs.arguments.length === 0) throw badInputs('Cannot run the exporter: it takes at least one image');
  // The analyzer has chosen it (EXP-01).
  for (const name of ['run-image', 'image']) {
    if (inputs.isGiven(name)) throw badInputs(`Cannot run the exporter: -${name} is unsupported`);
  }
  const { badInputs: status } = generalStatus;
  const analyzed = await readAnalyzed(inputs.text('analyzed'), surroundings.report, status);
  if (!analyzed.runImage?.reference) throw badInputs('Cannot export: run image not found in analyzed metadata');
  refuseExtended(analyzed);
  requireOneRegistry(inputs.arguments);
  requireExperimental(context);
  const { group, groupExtensions } = await readGroup(inputs.text('group'));
  const hasExtensions = groupExtensions.length > 0;
  const cache = await phaseCache(context);
  await exportWith({ group, analyzed, cache, hasExtensions, names: inputs.arguments }, context);
}

/** Without what the Dockerfiles would change it would be another image (EXT-23). */
function refuseExtended({ runImage }: Analyzed): void {
  if (runImage?.extend !== true) return;
  throw new TsbuildpackError(
    'DOCKERFILES_UNSUPPORTED',
    'Cannot export over a run image that the Dockerfiles of image extensions change: they cannot be run here',
    {
      hint: 'Name a run image that has what they add and take [[order-extensions]] out of the order, or export with a lifecycle that has an extender',
      exitCode: generalStatus.failed,
    },
  );
}

export interface ExportParts {
  readonly group: readonly GroupEntry[];
  readonly analyzed: Analyzed;
  readonly cache: LayerCache | undefined;
  /** Image extensions took part, which may have chosen the run image. @default false */
  readonly hasExtensions?: boolean;
  /** The image, then more names of it. */
  readonly names: readonly string[];
}

/** Makes the image from what is in the directories, writes it under every name, then report.toml and the cache. */
export async function exportWith(parts: ExportParts, context: ConnectedContext): Promise<void> {
  const { analyzed, group } = parts;
  const { inputs, images, store, surroundings } = context;
  const { report, signal } = surroundings;
  const target = targetOf(analyzed);
  const [runImage, previousImage] = await failingWith(generalStatus.failed, () =>
    Promise.all([openRunImage(parts, context), openPrevious(analyzed, context)]),
  );
  const projectMetadata = await failingWith(generalStatus.failed, () => readProject(inputs.text('project-metadata')));
  if (images.kind === 'registry') reportOtherRegistries(parts, report);
  await inGivenDirectories(context, target, async (environment) => {
    const built = await failingWith(exportError, () => readBuilt(environment.paths.layers.host, group));
    const { exported, written } = await failingWith(exportError, async () => {
      copyLauncherSboms(inputs, report);
      const previous = previousImage && analyzed.metadata && { image: previousImage, metadata: analyzed.metadata };
      const made = await exportImage(
        { ...requestOf(context, runImage), projectMetadata, built, runImage, previous, reusable: previousImage },
        { environment, blobs: store.blobs, scope: { layers: noRecords }, report, signal },
      );
      return { exported: made, written: await writeAll(made.image, parts.names, context) };
    });
    // As seen in the reference: a report tells of an export that succeeded.
    refuseUnwritten(parts.names, written);
    writeDocument(
      inputs.text('report'),
      writeReport({
        ...reportOf(exported, tagsOf(written, parts.names, images), images.kind),
        ...(!atLeast(inputs.platformApi, '0.9') && { buildBom: built.outputs.flatMap(buildBom) }),
      }),
    );
    if (parts.cache === undefined) return;
    const { layers } = environment.paths;
    const cached = { outputs: built.outputs, exported, cache: parts.cache, layers, owner: runImage.buildUser };
    await cacheArchives({ ...cached, compression: 'gzip', blobs: store.blobs, report, signal });
  });
}

/** Layers of a run image or a previous image in another registry have to be copied, not only named (EXP-32). */
function reportOtherRegistries({ analyzed: { runImage, previousImage }, names }: ExportParts, report: Report): void {
  const [own] = names.map((name) => parseReference(name).registry);
  const others = [runImage?.reference, previousImage]
    .map((reference) => reference && parseReference(reference).registry)
    .filter((registry) => registry && registry !== own);
  for (const registry of new Set(others)) {
    report({
      type: 'info',
      message: `Copying layers from "${registry}" to "${own}", which takes longer than within one`,
    });
  }
}

/** FIL-09, SBM-15 */
function buildBom({ buildpack, outcome }: BuildPhaseResult['outputs'][number]): readonly StoredBomEntry[] {
  const { id, version } = buildpack.descriptor;
  return outcome.bom.build.map((entry) => ({ ...entry, buildpack: { id, version } }));
}

const noRecords = { lookup: () => Promise.resolve(undefined), remember: () => Promise.resolve() };

type FixedParts = Omit<
  Parameters<typeof exportImage>[0],
  'built' | 'runImage' | 'previous' | 'reusable' | 'projectMetadata'
>;

function requestOf({ inputs, surroundings }: ConnectedContext, { image }: RunImage): FixedParts {
  const { platformApi, execEnv } = inputs;
  const epoch = atLeast(platformApi, '0.9') ? sourceDateEpoch(surroundings) : undefined;
  const [defaultProcess, launcherFile] = [inputs.text('process-type'), inputs.text('launcher')];
  const { os, architecture, variant } = image.config;
  return {
    launcher: 'default',
    ...(defaultProcess !== '' && { defaultProcess }),
    ...(launcherFile !== '' && { launcherFile }),
    ...(epoch !== undefined && { sourceDateEpoch: epoch }),
    compression: 'gzip',
    platform: { os, architecture, ...(variant && { variant }) },
    appPath: '.',
    execEnv,
    version: packageVersion(),
    platformApi,
    // Whether programs fit is the platform's business here, as with any other lifecycle.
    checks: false,
  };
}

function readProject(file: string): string {
  return existsSync(file) ? readDocument(file, projectMetadataLabel, 'EXPORT_FAILED') : '{}';
}

async function openRunImage(
  { analyzed, hasExtensions = false }: ExportParts,
  { inputs, images }: ConnectedContext,
): Promise<RunImage> {
  const reference = analyzed.runImage?.reference ?? '';
  const image = await images.openRecorded(reference);
  if (image === undefined) {
    throw new TsbuildpackError('RUN_IMAGE_NOT_FOUND', `Cannot find run image "${reference}" of analyzed.toml`);
  }
  const names = namesForLabel(analyzed, inputs, hasExtensions);
  return {
    image,
    name: names?.image ?? '',
    reference,
    mirrors: names?.mirrors ?? [],
    target: targetOf(analyzed),
    buildUser: { uid: inputs.number('uid'), gid: inputs.number('gid') },
    input: { name: 'run-image', value: reference, reason: 'analyzed.toml' },
    files: imageFiles(new Map()),
  };
}

async function openPrevious({ previousImage }: Analyzed, { images }: ConnectedContext): Promise<Image | undefined> {
  return previousImage === '' ? undefined : await images.openRecorded(previousImage);
}

/** One name that fails does not keep the others from being written (EXP-25). */
async function writeAll(
  image: Image,
  names: readonly string[],
  { images, surroundings }: ConnectedContext,
): Promise<readonly string[]> {
  const { report, signal } = surroundings;
  const written: string[] = [];
  for (const name of names) {
    try {
      const { reference, digest } = await (await images.sink(name)).write(image, { report, signal });
      report({ type: 'output-written', place: reference, reference, digest });
      written.push(name);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TsbuildpackError) || names.length === 1) throw error;
      report({ type: 'warning', message: `Cannot write "${name}": ${error.message}` });
    }
  }
  return written;
}

function refuseUnwritten(names: readonly string[], written: readonly string[]): void {
  const missing = names.filter((name) => !written.includes(name));
  if (missing.length === 0) return;
  throw new TsbuildpackError('OUTPUT_FAILED', `Cannot write every image: ${missing.join(', ')} failed`, {
    exitCode: exportError,
  });
}

/** The reference resolves the first name to its place in a layout, the others stay as they were given. */
function tagsOf(
  written: readonly string[],
  [first]: readonly string[],
  images: ConnectedContext['images'],
): readonly string[] {
  return written.map((name) => (name === first ? images.nameOf(name) : name));
}

/** FIL-07, FIL-08 */
function reportOf(
  { image }: Exported,
  tags: readonly string[],
  kind: ConnectedContext['images']['kind'],
): Parameters<typeof writeReport>[0] {
  const manifestSizeBytes = image.manifestBytes.length;
  if (kind === 'registry') return { tags, digest: image.digest, manifestSizeBytes };
  return { tags, manifestSizeBytes };
}
