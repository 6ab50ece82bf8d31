import type { BuildpackLayers, LayerRecord, LifecycleMetadata, RunImageMetadata } from './lifecycle-metadata.ts';
import type { TargetFacts } from './targets.ts';
import { parseToml, writeToml } from './toml.ts';
import { jsonFromToml } from './toml-json.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';
import { tomlTableFromPlain } from './toml-value.ts';

/** analyzed.toml: what the phases know of the images around them — https://github.com/buildpacks/spec/blob/main/platform.md#analyzedtoml-toml */
export interface Analyzed {
  /** The previous image with its digest; empty when there is none. */
  readonly previousImage: string;
  readonly buildImage?: string;
  /** What its label says; absent when there is no such image. */
  readonly metadata?: LifecycleMetadata;
  readonly runImage?: AnalyzedRunImage;
}

export interface AnalyzedRunImage {
  /** With its digest. */
  readonly reference: string;
  /** As it was named; not there below Platform API 0.12. */
  readonly image?: string;
  readonly extend: boolean;
  readonly target?: AnalyzedTarget;
}

export interface AnalyzedTarget extends TargetFacts {
  /** `io.buildpacks.base.id` (TGT-18). */
  readonly id?: string;
}

const code = 'ANALYZE_FAILED';

/** Throws ANALYZE_FAILED. */
export function parseAnalyzed(text: string | Uint8Array, file: string): Analyzed {
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const buildImage = root.table('build-image')?.string('reference');
  const metadata = root.table('metadata');
  // Without an image there is a table all the same, which says nothing.
  const isKnown = ['app', 'buildpacks', 'sbom', 'stack'].some((key) => metadata?.has(key) === true);
  const runImage = root.table('run-image');
  return {
    previousImage: root.table('image')?.string('reference') ?? '',
    ...(buildImage && { buildImage }),
    ...(metadata && isKnown && { metadata: metadataFrom(metadata) }),
    ...(runImage && { runImage: runImageFrom(runImage, root) }),
  };
}

function runImageFrom(run: TomlReader, root: TomlReader): AnalyzedRunImage {
  const image = run.string('image');
  // The specification prints the target beside [run-image], the reference nests it (TGT-11).
  const target = run.table('target') ?? root.table('target');
  return {
    reference: run.string('reference') ?? '',
    ...(image && { image }),
    extend: run.boolean('extend'),
    ...(target && { target: targetFrom(target) }),
  };
}

function targetFrom(target: TomlReader): AnalyzedTarget {
  const distro = target.table('distro');
  const parts = {
    id: target.string('id'),
    os: target.string('os'),
    arch: target.string('arch'),
    // TGT-10
    variant: target.string('arch-variant') ?? target.string('variant'),
    distroName: distro?.string('name'),
    distroVersion: distro?.string('version'),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value));
}

function metadataFrom(metadata: TomlReader): LifecycleMetadata {
  const sha = (key: string): { readonly sha: string } => ({ sha: metadata.table(key)?.string('sha') ?? '' });
  const app = metadata.value('app');
  const stack = metadata.table('stack')?.table('run-image');
  const run = metadata.table('run-image');
  return {
    // Very old images have something else there (ANA-10).
    app: Array.isArray(app) ? metadata.tables('app').map((layer) => ({ sha: layer.string('sha') ?? '' })) : [],
    ...(metadata.has('sbom') && { sbom: sha('sbom') }),
    buildpacks: metadata.tables('buildpacks').map(buildpackFrom),
    config: sha('config'),
    launcher: sha('launcher'),
    'process-types': sha('process-types'),
    runImage: {
      topLayer: run?.string('top-layer') ?? '',
      reference: run?.string('reference') ?? '',
      ...namesFrom(run),
    },
    stack: { runImage: { image: '', ...namesFrom(stack) } },
  };
}

function namesFrom(table: TomlReader | undefined): Pick<RunImageMetadata, 'image' | 'mirrors'> {
  const [image, mirrors] = [table?.string('image'), table?.strings('mirrors')];
  return { ...(image && { image }), ...(mirrors && { mirrors }) };
}

function buildpackFrom(entry: TomlReader): BuildpackLayers {
  const layers = entry.table('layers');
  const store = entry.table('store');
  const records = (layers?.keys() ?? []).flatMap((name): [string, LayerRecord][] => {
    const layer = layers?.table(name);
    return layer === undefined ? [] : [[name, recordFrom(layer)]];
  });
  return {
    key: entry.required('key'),
    version: entry.string('version') ?? '',
    layers: Object.fromEntries(records),
    ...(store && { store: { metadata: jsonFromToml(store.rawTable('metadata') ?? {}) } }),
  };
}

function recordFrom(layer: TomlReader): LayerRecord {
  const data = layer.rawTable('metadata');
  return {
    sha: layer.string('sha') ?? '',
    data: data === undefined ? null : jsonFromToml(data),
    build: layer.boolean('build'),
    launch: layer.boolean('launch'),
    cache: layer.boolean('cache'),
  };
}

export function writeAnalyzed({ previousImage, buildImage, metadata, runImage }: Analyzed): string {
  return writeToml({
    image: { reference: previousImage },
    ...(buildImage && { 'build-image': { reference: buildImage } }),
    metadata: metadata === undefined ? emptyMetadata : metadataTable(metadata),
    ...(runImage && { 'run-image': runImageTable(runImage) }),
  });
}

const emptyMetadata: TomlTable = {
  config: { sha: '' },
  launcher: { sha: '' },
  'process-types': { sha: '' },
  'run-image': { 'top-layer': '', reference: '' },
};

function runImageTable({ reference, image, extend, target }: AnalyzedRunImage): TomlTable {
  return {
    reference,
    ...(image && { image }),
    ...(extend && { extend }),
    ...(target && { target: targetTable(target) }),
  };
}

function targetTable({ id, os, arch, variant, distroName, distroVersion }: AnalyzedTarget): TomlTable {
  const distro = { name: distroName ?? '', version: distroVersion ?? '' };
  return {
    ...(id && { id }),
    os: os ?? '',
    arch: arch ?? '',
    ...(variant && { 'arch-variant': variant }),
    ...((distroName || distroVersion) && { distro }),
  };
}

function metadataTable(metadata: LifecycleMetadata): TomlTable {
  const { app, sbom, buildpacks, config, launcher, runImage, stack } = metadata;
  return {
    app: app.map(({ sha }) => ({ sha })),
    ...(sbom && { sbom: { sha: sbom.sha } }),
    ...(buildpacks.length > 0 && { buildpacks: buildpacks.map(buildpackTable) }),
    config: { sha: config.sha },
    launcher: { sha: launcher.sha },
    'process-types': { sha: metadata['process-types'].sha },
    'run-image': { 'top-layer': runImage.topLayer, reference: runImage.reference, ...namesTable(runImage) },
    stack: { 'run-image': namesTable(stack.runImage) },
  };
}

function namesTable({ image, mirrors = [] }: Pick<RunImageMetadata, 'image' | 'mirrors'>): TomlTable {
  return { ...(image && { image }), ...(mirrors.length > 0 && { mirrors }) };
}

function buildpackTable({ key, version, layers, store }: BuildpackLayers): TomlTable {
  const records = Object.entries(layers).map(([name, layer]) => [name, recordTable(layer)]);
  return {
    key,
    version,
    layers: Object.fromEntries(records) as TomlTable,
    ...(store && { store: { metadata: tomlTableFromPlain(store.metadata) } }),
  };
}

function recordTable({ sha, data, build, launch, cache }: LayerRecord): TomlTable {
  return { sha, build, launch, cache, ...(data !== null && { metadata: tomlTableFromPlain(data) }) };
}
