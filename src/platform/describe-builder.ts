import { buildpackLayersLabel, parseModuleLayers } from '../cnb/module-layers.ts';
import type { ModuleReference } from '../cnb/order-label.ts';
import type { RunImageNames } from '../cnb/run-toml.ts';
import type { LifecycleFacts } from '../cnb/builder-metadata.ts';
import { formatPlatform } from '../oci/platform.ts';
import { platformOf } from '../image/image-from.ts';
import type { BuildpackTools } from './buildpack-tools.ts';
import { openBuilder } from './builder.ts';

/** What a builder is, from its labels and documents; no buildpack of it is fetched. */
export interface BuilderDescription {
  readonly name: string;
  readonly digest: string;
  readonly platform: string;
  /** Of all layers, compressed. */
  readonly sizeBytes: number;
  readonly description?: string | undefined;
  readonly createdBy?: string | undefined;
  readonly user?: string | undefined;
  readonly lifecycle?: LifecycleFacts | undefined;
  readonly runImages: readonly RunImageNames[];
  readonly buildpacks: readonly {
    readonly id: string;
    readonly version: string;
    readonly homepage?: string | undefined;
  }[];
  readonly order: readonly (readonly string[])[];
  readonly system: { readonly pre: readonly string[]; readonly post: readonly string[] };
  /** Names of the files that set variables for every buildpack. */
  readonly buildEnv: readonly string[];
  /** Groups of image extensions, as `order` has those of buildpacks. */
  readonly extensions: readonly (readonly string[])[];
}

/** `tsbuildpack builder inspect`. Throws BUILDER_INVALID and the errors of the place. */
export async function describeBuilder(text: string, tools: BuildpackTools): Promise<BuilderDescription> {
  const { name, image, documents } = await openBuilder(text, tools);
  const { metadata, order, system, runImages, extensions, operatorVariables } = documents;
  const { User: user, Labels: labels = {} } = image.config.config ?? {};
  const createdBy = metadata?.createdBy;
  return {
    name,
    digest: image.digest,
    platform: formatPlatform(platformOf(image.config)),
    sizeBytes: image.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
    description: metadata?.description,
    createdBy: createdBy && [createdBy.name, createdBy.version].filter(Boolean).join(' '),
    user,
    lifecycle: metadata?.lifecycle,
    runImages,
    buildpacks: parseModuleLayers(labels[buildpackLayersLabel]) ?? metadata?.buildpacks ?? [],
    order: order.map((group) => group.map(referenceText)),
    system: { pre: system.pre.map(referenceText), post: system.post.map(referenceText) },
    buildEnv: operatorVariables.map((file) => file.name).toSorted(),
    extensions: extensions.map((group) => group.map(referenceText)),
  };
}

function referenceText({ id, version, optional }: ModuleReference): string {
  return `${id}${version === undefined ? '' : `@${version}`}${optional ? '?' : ''}`;
}
