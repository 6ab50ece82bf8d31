import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadBuildpack, whatTakesExtensions } from '../buildpack/load-buildpack.ts';
import { escapeBuildpackId, parseBuildpackId } from '../cnb/buildpack-id.ts';
import { buildpackageMetadataLabel, parseBuildpackageMetadata } from '../cnb/buildpackage-metadata.ts';
import {
  buildpackLayersLabel,
  extensionLayersLabel,
  parseModuleLayers,
  type PackagedModule,
} from '../cnb/module-layers.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import type { ImageSource } from '../image/place.ts';
import { extractLayers } from '../layer/extract.ts';
import type { Layer } from '../layer/layer.ts';
import type { Platform } from '../oci/platform.ts';
import type { BuildpackTools, FoundBuildpack, FoundBuildpacks } from './buildpack-tools.ts';

/** Larger than any buildpack that carries its runtimes with it. */
const maxContentBytes = 16 * 2 ** 30;

/** The buildpacks of a buildpackage. Throws BUILDPACK_INVALID when the image is none. */
export async function buildpackageBuildpacks(
  image: Image,
  name: string,
  tools: BuildpackTools,
): Promise<FoundBuildpacks> {
  const labels = image.config.config?.Labels ?? {};
  const metadata = parseBuildpackageMetadata(labels[buildpackageMetadataLabel]);
  const modules = parseModuleLayers(labels[buildpackLayersLabel]);
  if (metadata === undefined || modules === undefined) {
    if (modules === undefined && labels[extensionLayersLabel] !== undefined) {
      throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot use "${name}" as a buildpack: it is an image extension`, {
        hint: whatTakesExtensions,
      });
    }
    const missing = metadata === undefined ? buildpackageMetadataLabel : buildpackLayersLabel;
    throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot use "${name}" as a buildpack: it has no label ${missing}`, {
      hint: 'Name an image that `tsbuildpack buildpack package` or `pack buildpack package` has made; a builder is named with --builder',
    });
  }
  const all = await packagedBuildpacks(image, modules, { name, tools });
  const main = all.find(
    ({ buildpack: { descriptor } }) => descriptor.id === metadata.id && descriptor.version === metadata.version,
  );
  if (main !== undefined) return { main, all };
  throw new TsbuildpackError(
    'BUILDPACK_INVALID',
    `Cannot use "${name}" as a buildpack: ${metadata.id}@${metadata.version}, which it is said to be, is not in it`,
  );
}

/**
 * The package for a platform. A script is for every machine, but the image that carries it says one: where there is no other package, it
 * is taken, and the targets of its buildpacks decide.
 */
export async function resolvePackage(source: ImageSource, platform: Platform): Promise<Image> {
  try {
    return await source.resolve(platform);
  } catch (error) {
    if (!(error instanceof TsbuildpackError) || error.code !== 'IMAGE_NOT_FOUND') throw error;
    return await source.resolve();
  }
}

export interface PackagedOptions {
  /** Of the image, for messages. */
  readonly name: string;
  readonly tools: BuildpackTools;
}

/** These buildpacks of an image. Only the layers that hold them are fetched, and each is extracted once into the store (BLR-10). */
export async function packagedBuildpacks(
  image: Image,
  modules: readonly PackagedModule[],
  options: PackagedOptions,
): Promise<readonly FoundBuildpack[]> {
  const found: FoundBuildpack[] = [];
  // One after the other: a registry would be asked for dozens of layers at once.
  for (const module of modules) found.push(await packagedBuildpack(image, module, options));
  return found;
}

async function packagedBuildpack(
  image: Image,
  module: PackagedModule,
  { name, tools }: PackagedOptions,
): Promise<FoundBuildpack> {
  const { id, version, layerDiffId } = module;
  const layer = image.layers.find(({ diffId }) => diffId === layerDiffId);
  const problem = (what: string): TsbuildpackError =>
    new TsbuildpackError('BUILDPACK_INVALID', `Cannot use buildpack "${id}@${version}" of "${name}": ${what}`);
  if (layer === undefined) throw problem(`its layer ${layerDiffId} is not in the image`);
  if (/[/\0]|^\.{1,2}$/.test(version)) throw problem('its version is not X.Y.Z');
  const extracted = await extractedLayer(layer, tools);
  const dir = join(extracted, 'cnb', 'buildpacks', escapeBuildpackId(parseBuildpackId(id)), version);
  if (!existsSync(dir)) throw problem(`its layer has no /cnb/buildpacks/${escapeBuildpackId(id)}/${version}`);
  return { buildpack: await loadFetched(dir, { fetchedInto: extracted, id, version, tools }), dir };
}

/** A layer as files, once in the store. */
export async function extractedLayer(
  layer: Layer,
  { store, surroundings: { signal } }: BuildpackTools,
): Promise<string> {
  const key = `buildpack-layer-${layer.diffId}`;
  const fill = (dir: string): Promise<void> => extractLayers([layer], dir, { signal, maxContentBytes });
  return await store.toolchains.ensure(key, fill, { signal });
}

interface FetchedOptions {
  readonly fetchedInto: string;
  /** What it has to be. */
  readonly id: string;
  readonly version: string;
  readonly tools: BuildpackTools;
}

/** A buildpack that an image has, which must be the one that the image says it is. Throws BUILDPACK_INVALID. */
export async function loadFetched(
  dir: string,
  { fetchedInto, id, version, tools }: FetchedOptions,
): Promise<FoundBuildpack['buildpack']> {
  const { report, signal } = tools.surroundings;
  const buildpack = await loadBuildpack(dir, { report, signal, fetchedInto });
  const { descriptor } = buildpack;
  if (descriptor.id === id && descriptor.version === version) return buildpack;
  throw new TsbuildpackError(
    'BUILDPACK_INVALID',
    `Cannot use buildpack "${id}@${version}": its buildpack.toml says ${descriptor.id}@${descriptor.version}`,
  );
}
