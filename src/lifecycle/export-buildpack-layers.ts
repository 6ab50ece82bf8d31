import { join } from 'node:path';
import type { RanBuildpack, BuildOutcome, BuiltLayer } from '../buildpack/buildpack.ts';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { BuildpackLayers, LayerRecord } from '../cnb/lifecycle-metadata.ts';
import { jsonFromToml } from '../cnb/toml-json.ts';
import { TsbuildpackError } from '../errors.ts';
import { directoryEntries } from '../layer/directory-entries.ts';
import { parentEntries, type TarEntry } from '../layer/tar-entry.ts';
import type { ExportContext } from './export-context.ts';
import type { ExportedLayer } from './pack-layers.ts';
import { previousLayer, previousLayersOf } from './previous-image.ts';

export interface ExportedBuildpack {
  readonly layers: readonly ExportedLayer[];
  readonly metadata: BuildpackLayers;
}

/** The launch layers of one buildpack, by name, and what the label says of them (EXP-03, LBL-03, LBL-04). */
export async function exportBuildpackLayers(
  { buildpack, outcome }: { readonly buildpack: RanBuildpack; readonly outcome: BuildOutcome },
  context: ExportContext,
): Promise<ExportedBuildpack> {
  const { id, version } = buildpack.descriptor;
  const layers: ExportedLayer[] = [];
  const records: Record<string, LayerRecord> = {};
  const launchLayers = outcome.layers
    .filter(({ launch }) => launch)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const layer of launchLayers) {
    const exported = layer.hasDirectory
      ? await packDirectory(layer, buildpack, context)
      : reuseLayer(layer, buildpack, context);
    layers.push(exported);
    records[layer.name] = recordOf(layer, exported);
  }
  return {
    layers,
    metadata: {
      key: id,
      version,
      layers: records,
      ...(outcome.store && { store: { metadata: jsonFromToml(outcome.store) } }),
    },
  };
}

function recordOf({ metadata, build, launch, cache }: BuiltLayer, { layer }: ExportedLayer): LayerRecord {
  const data = metadata === undefined ? null : jsonFromToml(metadata);
  return { sha: layer.diffId, data, build, launch, cache };
}

async function packDirectory(
  layer: BuiltLayer,
  buildpack: RanBuildpack,
  context: ExportContext,
): Promise<ExportedLayer> {
  const { id } = buildpack.descriptor;
  const name = `${id}:${layer.name}`;
  const path = join(context.paths.layers.image, escapeBuildpackId(id), layer.name);
  const list = function* (): Generator<TarEntry> {
    yield* parentEntries(path, context.owner);
    yield* directoryEntries(layer.path, path, { ...context.owner, report: context.report });
  };
  const entries = (): Iterable<TarEntry> => context.relocation?.entries(list(), name) ?? list();
  return await context.pack({ name, createdBy: createdBy(layer, buildpack), entries });
}

/** Launch without a directory: the blob of the last image, under the new metadata (LYR-08, LYR-10). */
function reuseLayer(layer: BuiltLayer, buildpack: RanBuildpack, { previous, report }: ExportContext): ExportedLayer {
  const name = `${buildpack.descriptor.id}:${layer.name}`;
  if (layer.cache) {
    throw new TsbuildpackError(
      'EXPORT_FAILED',
      `Cannot export layer ${name}: it has launch and cache but no directory`,
    );
  }
  const record = previousLayersOf(previous, buildpack.descriptor.id)[layer.name];
  const found = previous && record && previousLayer(previous, record);
  if (!found) {
    throw new TsbuildpackError('EXPORT_FAILED', `Cannot reuse layer ${name}: the previous image does not have it`, {
      hint: 'A layer with launch = true and no directory is taken from the previous image; build with --clear-cache to begin anew',
    });
  }
  report({ type: 'layer', name, action: 'reused', diffId: found.diffId, sizeBytes: found.sizeBytes });
  return { name, createdBy: createdBy(layer, buildpack), layer: found, action: 'reused' };
}

/** The reference's words, which tools show and parse (EXP-21). */
function createdBy(layer: BuiltLayer, { descriptor: { id, version } }: RanBuildpack): string {
  return `Layer: '${layer.name}', Created by buildpack: ${id}@${version}`;
}
