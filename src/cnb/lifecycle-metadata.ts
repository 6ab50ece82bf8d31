import { isDigest } from '../oci/digest.ts';
import { asMaps, asSlice, parseJson, writeJson } from './json.ts';

/** https://github.com/buildpacks/spec/blob/main/platform.md#iobuildpackslifecyclemetadata-json */
export const lifecycleMetadataLabel = 'io.buildpacks.lifecycle.metadata';

/** What a later build, a rebase or an inspection needs to know about how an image was composed. */
export interface LifecycleMetadata {
  readonly app: readonly LayerSha[];
  readonly sbom?: LayerSha;
  readonly buildpacks: readonly BuildpackLayers[];
  readonly config: LayerSha;
  /** What the image is for; the reference has it in a label of its own only, ours in both: LBL-08. */
  readonly execEnv?: string;
  readonly launcher: LayerSha;
  /** Not in the specification's schema, always written by the reference: LBL-02. */
  readonly 'process-types': LayerSha;
  readonly runImage: RunImageMetadata;
  /** Deprecated, still read by old rebasers: LBL-06. */
  readonly stack: { readonly runImage: { readonly image: string; readonly mirrors?: readonly string[] } };
}

export interface LayerSha {
  /** A diff ID, or empty when there is no such layer. */
  readonly sha: string;
}

export interface BuildpackLayers {
  /** The buildpack's ID, unescaped. */
  readonly key: string;
  readonly version: string;
  readonly layers: Readonly<Record<string, LayerRecord>>;
  readonly store?: { readonly metadata: Readonly<Record<string, unknown>> };
}

export interface LayerRecord {
  /** A diff ID. */
  readonly sha: string;
  /** The `[metadata]` of the layer's TOML. */
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly build: boolean;
  readonly launch: boolean;
  readonly cache: boolean;
}

export interface RunImageMetadata {
  /** Diff ID of the run image's last layer; empty for a base without layers. */
  readonly topLayer: string;
  readonly reference: string;
  readonly image?: string;
  readonly mirrors?: readonly string[];
}

/** The label's text: Go's key order as the reference writes it, map keys sorted (LBL-15). */
export function formatLifecycleMetadata(
  metadata: LifecycleMetadata,
  { isNew = true }: { /** Not read from an image. */ readonly isNew?: boolean } = {},
): string {
  const buildpacks = metadata.buildpacks.map(formatBuildpackLayers);
  return writeJson({
    app: metadata.app,
    sbom: metadata.sbom,
    // A list that was read stays one in Go, however short.
    buildpacks: isNew ? asSlice(buildpacks) : buildpacks,
    config: metadata.config,
    'exec-env': metadata.execEnv,
    launcher: metadata.launcher,
    'process-types': metadata['process-types'],
    runImage: { ...metadata.runImage, image: metadata.runImage.image || undefined },
    stack: { runImage: { ...metadata.stack.runImage, image: metadata.stack.runImage.image || undefined } },
  });
}

/** For writeJson(). */
export function formatBuildpackLayers({ key, version, layers, store }: BuildpackLayers): object {
  return {
    key,
    version,
    layers: new Map(Object.entries(layers).map(([name, layer]) => [name, formatLayer(layer)])),
    store: store && { metadata: asMaps(store.metadata) },
  };
}

function formatLayer({ sha, data, build, launch, cache }: LayerRecord): object {
  return { sha, data: asMaps(data), build, launch, cache };
}

/** Metadata of an earlier build that cannot be read counts as none (ANA-07): it only costs the reuse of its layers. */
export function parseLifecycleMetadata(text: string | undefined): LifecycleMetadata | undefined {
  const value = parseObject(text);
  const buildpacks = parseBuildpackLayersList(value?.['buildpacks']);
  if (!value || buildpacks === undefined) return undefined;
  const sha = (key: string): LayerSha => ({ sha: textAt(objectAt(value, key), 'sha') });
  const runImage = objectAt(value, 'runImage');
  const stack = objectAt(objectAt(value, 'stack'), 'runImage');
  return {
    // Very old images have an object here: RBS-18.
    app: Array.isArray(value['app']) ? value['app'].map((layer) => ({ sha: textAt(asObject(layer), 'sha') })) : [],
    ...(value['sbom'] ? { sbom: sha('sbom') } : {}),
    buildpacks,
    config: sha('config'),
    ...(typeof value['exec-env'] === 'string' ? { execEnv: value['exec-env'] } : {}),
    launcher: sha('launcher'),
    'process-types': sha('process-types'),
    runImage: {
      topLayer: textAt(runImage, 'topLayer'),
      reference: textAt(runImage, 'reference'),
      ...(runImage['image'] ? { image: textAt(runImage, 'image') } : {}),
      ...(Array.isArray(runImage['mirrors']) ? { mirrors: runImage['mirrors'].map(String) } : {}),
    },
    stack: {
      runImage: {
        image: textAt(stack, 'image'),
        ...(Array.isArray(stack['mirrors']) ? { mirrors: stack['mirrors'].map(String) } : {}),
      },
    },
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when it is no list of what it should be. */
export function parseBuildpackLayersList(value: unknown): readonly BuildpackLayers[] | undefined {
  if (value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const list = value.map(parseBuildpackLayers);
  const known = list.filter((entry) => entry !== undefined);
  return known.length === list.length ? known : undefined;
}

function parseBuildpackLayers(value: unknown): BuildpackLayers | undefined {
  const entry = asObject(value);
  if (typeof entry['key'] !== 'string') return undefined;
  const layers: Record<string, LayerRecord> = {};
  for (const [name, raw] of Object.entries(objectAt(entry, 'layers'))) {
    const layer = asObject(raw);
    const sha = textAt(layer, 'sha');
    if (!isDigest(sha)) return undefined;
    layers[name] = {
      sha,
      data: layer['data'] ? asObject(layer['data']) : null,
      build: layer['build'] === true,
      launch: layer['launch'] === true,
      cache: layer['cache'] === true,
    };
  }
  const store = entry['store'] ? asObject(asObject(entry['store'])['metadata']) : undefined;
  return { key: entry['key'], version: textAt(entry, 'version'), layers, ...(store && { store: { metadata: store } }) };
}

function asObject(value: unknown): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};
}

function objectAt(value: JsonObject, key: string): JsonObject {
  return asObject(value[key]);
}

function textAt(value: JsonObject, key: string): string {
  const text = value[key];
  return typeof text === 'string' ? text : '';
}
