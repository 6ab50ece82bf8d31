import { dirname, resolve } from 'node:path';
import { builderMetadataLabel, formatBuilderMetadata, type LifecycleFacts } from '../cnb/builder-metadata.ts';
import { parseBuilderConfig, type BuilderConfig } from '../cnb/builder-config.ts';
import { buildpackLayersLabel, extensionLayersLabel, formatModuleLayers } from '../cnb/module-layers.ts';
import {
  formatOrderLabel,
  formatSystemLabel,
  orderExtensionsLabel,
  orderLabel,
  systemLabel,
} from '../cnb/order-label.ts';
import { TsbuildpackError } from '../errors.ts';
import { packageVersion } from '../fs/package-root.ts';
import { editImage, type AppendedLayer } from '../image/edit-image.ts';
import type { Image } from '../image/image.ts';
import type { ContainerConfig } from '../oci/image-config.ts';
import type { BuildImage } from '../stack/build-image.ts';
import { resolveBuildImage } from '../stack/resolve-build-image.ts';
import { builderBuildpacks } from './builder-buildpacks.ts';
import { builderLifecycle } from './builder-lifecycle.ts';
import { directoriesLayer, documentLayers, type BuilderContents } from './builder-layers.ts';
import type { BuildpackTools } from './buildpack-tools.ts';
import { layBuildpacks } from './module-layers.ts';
import { readInputFile } from './read-input-file.ts';
import { imageOptions } from './run-images.ts';
import type { Settings } from './settings.ts';

export interface NewBuilder {
  /** builder.toml, as typed. */
  readonly config: string;
  /** All buildpacks in one layer. */
  readonly flatten: boolean;
  readonly settings: Settings;
}

/** Says the same for every image, as the reference lifecycle has it. */
const created = '1980-01-01T00:00:01Z';

/**
 * A builder image: a build image with buildpacks, their order, the names of run images, and a lifecycle if there is one (BLR-01 to -09).
 * Equal inputs give equal digests. Throws DESCRIPTOR_INVALID, BUILDER_INVALID, BUILDPACK_INVALID, and the errors of places.
 */
export async function builderImage(
  { config: file, flatten, settings }: NewBuilder,
  tools: BuildpackTools,
): Promise<Image> {
  const { surroundings, store, platform } = tools;
  const path = resolve(surroundings.cwd, file);
  const text = readInputFile(path, {
    action: 'Cannot read the configuration of a builder from',
    hint: 'Write a builder.toml: see docs/builders.md',
  });
  const config = parseBuilderConfig(text, path);
  for (const message of config.warnings) surroundings.report({ type: 'warning', message });
  const base = await resolveBuildImage(
    { kind: 'image', place: config.buildImage },
    platform,
    imageOptions(store, surroundings, settings),
  );
  const user = requireUser(base);
  const contents = await builderBuildpacks(config, { dir: dirname(path), base, tools });
  const lifecycle = await builderLifecycle(config, { dir: dirname(path), buildpacks: contents.buildpacks, tools });
  const modules = await layBuildpacks(contents.buildpacks, tools, { flatten });
  const layers: AppendedLayer[] = [
    await directoriesLayer(user, tools),
    ...(lifecycle === undefined ? [] : [lifecycle.layer]),
    ...modules.layers,
    ...(await documentLayers({ ...contents, runImages: config.runImages, buildEnv: config.buildEnv }, tools)),
  ];
  const labels = {
    ...builderLabels(config, contents, lifecycle?.facts),
    [buildpackLayersLabel]: formatModuleLayers(modules.buildpacks),
  };
  return editImage(base.image, { created, layers, config: (container) => containerConfig(container, labels) });
}

/** What is there of the build image stays; `WorkingDir` is where a lifecycle finds its documents (BLR-06). */
function containerConfig(base: ContainerConfig, labels: Readonly<Record<string, string>>): ContainerConfig {
  return { ...base, WorkingDir: '/layers', Labels: { ...base.Labels, ...labels } };
}

function builderLabels(
  config: BuilderConfig,
  { buildpacks, system }: BuilderContents,
  lifecycle: LifecycleFacts | undefined,
): Readonly<Record<string, string>> {
  const { description, runImages, order, stackId } = config;
  return {
    [builderMetadataLabel]: formatBuilderMetadata({
      description,
      buildpacks: buildpacks.map(({ buildpack }) => buildpack.descriptor),
      runImages,
      lifecycle,
      createdBy: { name: 'tsbuildpack', version: packageVersion() },
    }),
    [orderLabel]: formatOrderLabel(order),
    [orderExtensionsLabel]: formatOrderLabel([]),
    [extensionLayersLabel]: '{}',
    ...(system.pre.length + system.post.length > 0 && { [systemLabel]: formatSystemLabel(config.system) }),
    ...(stackId !== undefined && { 'io.buildpacks.stack.id': stackId }),
  };
}

/** BLR-07 */
function requireUser({ name, env }: BuildImage): { readonly uid: number; readonly gid: number } {
  const [uid, gid] = ['CNB_USER_ID', 'CNB_GROUP_ID'].map((variable) => {
    const value = env[variable] ?? '';
    if (/^\d{1,9}$/.test(value)) return Number(value);
    const problem = value === '' ? `it does not set ${variable}` : `its ${variable} is "${value}", it must be a number`;
    throw new TsbuildpackError('BUILDER_INVALID', `Cannot make a builder of build image "${name}": ${problem}`, {
      hint: 'Take an image made for this purpose, such as stack:base, or set CNB_USER_ID and CNB_GROUP_ID in it',
    });
  });
  return { uid: uid ?? 0, gid: gid ?? 0 };
}
