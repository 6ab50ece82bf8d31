import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagedEntries } from '../buildpack/packaged-entries.ts';
import type { LayeredBuildpack } from '../cnb/module-layers.ts';
import { parseStackWishes } from '../cnb/stack-wishes.ts';
import { TsbuildpackError } from '../errors.ts';
import type { AppendedLayer } from '../image/edit-image.ts';
import { createLayer } from '../layer/create-layer.ts';
import type { Layer } from '../layer/layer.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import type { BuildpackTools, FoundBuildpack } from './buildpack-tools.ts';

/** Buildpacks as layers of an image, and what the label says of each. */
export interface ModuleLayers {
  readonly layers: readonly AppendedLayer[];
  readonly buildpacks: readonly LayeredBuildpack[];
}

/** A layer for each buildpack, or one for all of them. Sorted by id and version, so that the order of wishes makes no difference. */
export async function layBuildpacks(
  found: readonly FoundBuildpack[],
  tools: BuildpackTools,
  { flatten = false }: { readonly flatten?: boolean } = {},
): Promise<ModuleLayers> {
  const all = unique(found);
  for (const one of all) refuseModule(one);
  const groups = flatten && all.length > 1 ? [all] : all.map((one) => [one]);
  const layers: AppendedLayer[] = [];
  const buildpacks: LayeredBuildpack[] = [];
  for (const group of groups) {
    const name = group.map(nameOf).join(', ');
    const layer = await moduleLayer(group, name, tools);
    layers.push({ layer, createdBy: `Buildpacks: ${name}` });
    for (const { buildpack, dir } of group) {
      const { descriptor } = buildpack;
      buildpacks.push({ descriptor, stacks: stacksOf(dir), layerDiffId: layer.diffId });
    }
  }
  return { layers, buildpacks };
}

/** The same buildpack may come from several packages; which of them does not matter, as its version is the same. */
function unique(found: readonly FoundBuildpack[]): readonly FoundBuildpack[] {
  const byName = new Map<string, FoundBuildpack>();
  for (const one of found) if (!byName.has(nameOf(one))) byName.set(nameOf(one), one);
  return [...byName.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

async function moduleLayer(
  group: readonly FoundBuildpack[],
  name: string,
  { store, surroundings }: BuildpackTools,
): Promise<Layer> {
  const { report, signal } = surroundings;
  return await createLayer(entriesOf(group, surroundings.report), { sink: store.blobs, name, report, signal });
}

function* entriesOf(
  group: readonly FoundBuildpack[],
  report: BuildpackTools['surroundings']['report'],
): Generator<TarEntry> {
  for (const { buildpack, dir } of group) yield* packagedEntries(dir, buildpack.descriptor, report);
}

function stacksOf(dir: string): LayeredBuildpack['stacks'] {
  const file = join(dir, 'buildpack.toml');
  return parseStackWishes(readFileSync(file), file);
}

/** Other tools start bin/detect and bin/build; a module needs our runner. */
function refuseModule(found: FoundBuildpack): void {
  if (found.buildpack.kind === 'directory') return;
  const what =
    found.buildpack.kind === 'builtin' ? 'it is built into tsbuildpack' : 'it is a module, which only tsbuildpack runs';
  const hint =
    found.buildpack.kind === 'builtin'
      ? 'A build with the image as --builder has the built-in ones too: --buildpack from=builtin'
      : 'Publish it with npm, and name it as npm:NAME';
  throw new TsbuildpackError('BUILDPACK_INVALID', `Cannot package buildpack "${nameOf(found)}": ${what}`, { hint });
}

function nameOf({ buildpack: { descriptor } }: FoundBuildpack): string {
  return `${descriptor.id}@${descriptor.version}`;
}

/** Throws BUILDPACK_INVALID when a composite names a buildpack that is not among these (DST-06). */
export function requireComplete(found: readonly FoundBuildpack[], hint: string): void {
  const known = new Set(found.map(nameOf));
  for (const one of found) {
    const missing = (one.buildpack.descriptor.order ?? [])
      .flat()
      .map(({ id, version }) => `${id}@${version}`)
      .filter((name) => !known.has(name));
    if (missing.length === 0) continue;
    throw new TsbuildpackError(
      'BUILDPACK_INVALID',
      `Cannot package buildpack "${nameOf(one)}": it needs ${[...new Set(missing)].join(', ')}, which is not there`,
      { hint },
    );
  }
}
