import { isDigest, type Digest } from '../oci/digest.ts';
import type { BuildpackDescriptor } from './buildpack-descriptor.ts';
import { writeJson } from './json.ts';
import { asObject, parseJsonObject, textAt } from './json-document.ts';
import { orderJson } from './order-label.ts';
import type { StackWish } from './stack-wishes.ts';
import type { TargetWish } from './targets.ts';

/** Which layer of a buildpackage or builder holds which buildpack (DST-05). Not in the specification. */
export const buildpackLayersLabel = 'io.buildpacks.buildpack.layers';
export const extensionLayersLabel = 'io.buildpacks.extension.layers';

/** One buildpack in an image. */
export interface PackagedModule {
  readonly id: string;
  readonly version: string;
  readonly layerDiffId: Digest;
  readonly api?: string;
  readonly name?: string;
  readonly homepage?: string;
  readonly isComposite: boolean;
}

/** Sorted by id and version; undefined when the label is not there or says nothing that can be used. */
export function parseModuleLayers(text: string | undefined): readonly PackagedModule[] | undefined {
  const label = parseJsonObject(text);
  if (label === undefined) return undefined;
  return Object.entries(label)
    .flatMap(([id, versions]) =>
      Object.entries(asObject(versions)).map(([version, facts]) => module(id, version, facts)),
    )
    .filter((found) => found !== undefined)
    .toSorted((a, b) => compare(`${a.id}@${a.version}`, `${b.id}@${b.version}`));
}

function module(id: string, version: string, value: unknown): PackagedModule | undefined {
  const facts = asObject(value);
  const layerDiffId = textAt(facts, 'layerDiffID') ?? '';
  if (!isDigest(layerDiffId)) return undefined;
  const [api, name, homepage] = ['api', 'name', 'homepage'].map((key) => textAt(facts, key));
  const order = facts['order'];
  return {
    id,
    version,
    layerDiffId,
    ...(api !== undefined && { api }),
    ...(name !== undefined && { name }),
    ...(homepage !== undefined && { homepage }),
    isComposite: Array.isArray(order) && order.length > 0,
  };
}

export interface LayeredBuildpack {
  readonly descriptor: BuildpackDescriptor;
  /** As its buildpack.toml has them: they are asked for by who knows no targets. */
  readonly stacks: readonly StackWish[];
  readonly layerDiffId: Digest;
}

/** Keys as pack has them, ids and versions sorted. */
export function formatModuleLayers(buildpacks: readonly LayeredBuildpack[]): string {
  const ids = new Map<string, Map<string, object>>();
  for (const buildpack of buildpacks) {
    const { id, version } = buildpack.descriptor;
    ids.set(id, (ids.get(id) ?? new Map<string, object>()).set(version, layerJson(buildpack)));
  }
  return writeJson(ids);
}

function layerJson({ descriptor, stacks, layerDiffId }: LayeredBuildpack): object {
  const { apiText, order, homepage, name, targets } = descriptor;
  return {
    api: apiText,
    stacks: stacks.length > 0 ? stacks : undefined,
    targets: stacks.length === 0 && order === undefined && targets.length > 0 ? targets.map(targetJson) : undefined,
    order: order === undefined ? undefined : orderJson(order),
    layerDiffID: layerDiffId,
    homepage: homepage || undefined,
    name: name || undefined,
  };
}

function targetJson({ os = '', arch = '', variant, distros }: TargetWish): object {
  return { os, arch, variant, distros };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
