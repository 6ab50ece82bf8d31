import type { LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import { lifecycleMetadataLabel, parseLifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import type { Digest } from '../oci/digest.ts';
import type { HistoryEntry, ImageConfig } from '../oci/image-config.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { BuildDescription } from './describe-build.ts';
import { describeBuild } from './describe-build.ts';
import { platformOf } from './image-from.ts';
import type { Image } from './image.ts';

/** What an image is made of: plain data, for people and for `--json`. Whatever the image does not tell is left out. */
export interface ImageDescription extends BuildDescription {
  readonly digest: Digest;
  readonly mediaType: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** RFC 3339. */
  readonly created?: string;
  /** Of manifest, config and layers as they are stored. */
  readonly sizeBytes: number;
  readonly config: ConfigDescription;
  /** Bottom first. */
  readonly layers: readonly LayerDescription[];
  readonly runImage?: RunImageDescription;
}

export interface ConfigDescription {
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal?: string;
}

export interface LayerDescription {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** Which part of a CNB image it is. */
  readonly part?: LayerPart;
  /** `tsbuildpack/go@0.1.0: layer "app"`, or what the history says. */
  readonly madeBy?: string;
}

export type LayerPart = 'run-image' | 'buildpack' | 'sbom' | 'application' | 'launcher' | 'config' | 'process-types';

export interface RunImageDescription {
  readonly image?: string;
  readonly reference?: string;
  readonly mirrors: readonly string[];
  /** Diff ID. */
  readonly topLayer?: string;
}

/** Describes any image, also one that was not made by buildpacks. Reads no layers. */
export function describeImage(image: Image): ImageDescription {
  const { digest, mediaType, config, manifestBytes, configBytes, layers } = image;
  const labels = config.config?.Labels ?? {};
  const metadata = parseLifecycleMetadata(labels[lifecycleMetadataLabel]);
  const layerBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  return {
    digest,
    mediaType,
    platform: formatPlatform(platformOf(config)),
    ...(config.created === undefined ? {} : { created: config.created }),
    sizeBytes: manifestBytes.length + configBytes.length + layerBytes,
    config: describeConfig(config),
    layers: describeLayers(image, metadata),
    ...describeBuild(labels),
    ...(metadata === undefined ? {} : { runImage: describeRunImage(metadata) }),
  };
}

function describeConfig({ config = {} }: ImageConfig): ConfigDescription {
  return {
    ...(config.User ? { user: config.User } : {}),
    ...(config.WorkingDir ? { workingDirectory: config.WorkingDir } : {}),
    entrypoint: config.Entrypoint ?? [],
    command: config.Cmd ?? [],
    environment: config.Env ?? [],
    labels: config.Labels ?? {},
    ports: Object.keys(config.ExposedPorts ?? {}),
    volumes: Object.keys(config.Volumes ?? {}),
    ...(config.StopSignal ? { stopSignal: config.StopSignal } : {}),
  };
}

function describeRunImage({ runImage }: LifecycleMetadata): RunImageDescription {
  const { image, reference, mirrors = [], topLayer } = runImage;
  return {
    ...(image ? { image } : {}),
    ...(reference ? { reference } : {}),
    mirrors,
    ...(topLayer ? { topLayer } : {}),
  };
}

interface Maker {
  readonly part: LayerPart;
  readonly madeBy?: string;
}

function describeLayers(
  { layers, config }: Image,
  metadata: LifecycleMetadata | undefined,
): readonly LayerDescription[] {
  const makers = metadata === undefined ? new Map<string, Maker>() : makersOf(metadata);
  const top = layers.findIndex((layer) => layer.diffId === metadata?.runImage.topLayer);
  const history = historyOf(config);
  return layers.map(({ digest, diffId, sizeBytes, mediaType }, index) => {
    const maker: Maker | undefined = index <= top ? { part: 'run-image' } : makers.get(diffId);
    const madeBy = maker?.madeBy ?? history[index]?.created_by;
    return { digest, diffId, sizeBytes, mediaType, ...(maker && { part: maker.part }), ...(madeBy ? { madeBy } : {}) };
  });
}

/** Entries of steps that made a layer, if there is one for each. */
function historyOf({ history = [], rootfs }: ImageConfig): readonly HistoryEntry[] {
  const entries = history.filter((entry) => entry.empty_layer !== true);
  return entries.length === rootfs.diff_ids.length ? entries : [];
}

function makersOf(metadata: LifecycleMetadata): ReadonlyMap<string, Maker> {
  const { app, sbom, launcher, config, buildpacks } = metadata;
  return new Map<string, Maker>([
    ...app.map(({ sha }) => [sha, { part: 'application' }] as const),
    [sbom?.sha ?? '', { part: 'sbom' }],
    [launcher.sha, { part: 'launcher' }],
    [config.sha, { part: 'config' }],
    [metadata['process-types'].sha, { part: 'process-types' }],
    ...buildpacks.flatMap(({ key, version, layers }) =>
      Object.entries(layers).map(
        ([name, { sha }]) => [sha, { part: 'buildpack', madeBy: `${key}@${version}: layer "${name}"` }] as const,
      ),
    ),
  ]);
}
