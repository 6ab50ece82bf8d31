import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Buildpack } from '../buildpack/buildpack.ts';
import { loadExtension } from '../buildpack/load-extension.ts';
import { escapeBuildpackId, parseBuildpackId } from '../cnb/buildpack-id.ts';
import { extensionLayersLabel, parseModuleLayers } from '../cnb/module-layers.ts';
import type { ModuleReference } from '../cnb/order-label.ts';
import { resolveInRoot } from '../environment/read-in-root.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { extractedLayer } from './buildpack-image.ts';
import type { BuildpackTools } from './buildpack-tools.ts';

interface ExtensionSource {
  readonly image: Image;
  /** Of the builder, for messages. */
  readonly name: string;
  readonly tools: BuildpackTools;
  /** The whole file system of the builder. */
  readonly root: () => Promise<string>;
}

/**
 * One image extension of a builder: by the label that names its layer, else where a lifecycle would look, in `/cnb/extensions`. Throws
 * BUILDER_INVALID when it is not there, BUILDPACK_INVALID when it is another one.
 */
export async function builderExtension(reference: ModuleReference, source: ExtensionSource): Promise<Buildpack> {
  const { id, version } = reference;
  const modules = parseModuleLayers(source.image.config.config?.Labels?.[extensionLayersLabel]) ?? [];
  const module = modules.find((one) => one.id === id && (version === undefined || one.version === version));
  const layer = source.image.layers.find(({ diffId }) => diffId === module?.layerDiffId);
  const root = layer === undefined ? await source.root() : await extractedLayer(layer, source.tools);
  const name = version === undefined ? id : `${id}@${version}`;
  const dir = placeOf(root, id, version ?? module?.version);
  if (dir === undefined) {
    throw new TsbuildpackError('BUILDER_INVALID', `Cannot find image extension "${name}" in builder "${source.name}"`, {
      hint: 'Leave image extensions out: --no-extensions',
    });
  }
  const extension = loadExtension(dir, { report: source.tools.surroundings.report, fetchedInto: root });
  const { descriptor } = extension;
  if (descriptor.id === id && (version === undefined || descriptor.version === version)) return extension;
  throw new TsbuildpackError(
    'BUILDPACK_INVALID',
    `Cannot use image extension "${name}": its extension.toml says ${descriptor.id}@${descriptor.version}`,
  );
}

/** Without a version the only one that there is. */
function placeOf(root: string, id: string, version: string | undefined): string | undefined {
  const all = resolveInRoot(root, `/cnb/extensions/${escapeBuildpackId(parseBuildpackId(id))}`);
  if (all === undefined || !existsSync(all)) return undefined;
  const [only, ...others] = version === undefined ? readdirSync(all) : [version];
  if (only === undefined || others.length > 0 || /[/\0]|^\.{1,2}$/.test(only)) return undefined;
  const dir = resolveInRoot(root, join('/cnb/extensions', escapeBuildpackId(id), only));
  return dir !== undefined && existsSync(join(dir, 'extension.toml')) ? dir : undefined;
}
