import { TsbuildpackError } from '../errors.ts';
import type { Layer } from '../layer/layer.ts';
import { canonicalJson } from '../oci/canonical-json.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import type { ContainerConfig, HistoryEntry, ImageConfig } from '../oci/image-config.ts';
import type { Manifest } from '../oci/manifest.ts';
import { compressionOf, isDocker, mediaTypes } from '../oci/media-types.ts';
import type { Image } from './image.ts';

export interface AppendedLayer {
  readonly layer: Layer;
  /** For the history: who made it. */
  readonly createdBy: string;
}

export interface ImageEdit {
  /** RFC 3339. Stands in the config and in every entry of the history. */
  readonly created: string;
  /** Whether the history says who made each layer, or only that there is one. @default true */
  readonly namedHistory?: boolean;
  /** Bottom first, on top of the base's. */
  readonly layers: readonly AppendedLayer[];
  /** Gives the new container settings from the base's. @default unchanged */
  readonly config?: (base: ContainerConfig) => ContainerConfig;
  /** Of the manifest. The base's are not taken over: they tell of the base. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A new image: the base's layers and settings (also keys that we do not know) with layers on top and settings changed. The documents
 * are canonical JSON, so equal edits of equal bases have equal digests. A Docker base gives a Docker image, any other an OCI image.
 * Throws EXPORT_FAILED for a layer that has no media type in the family of the base.
 */
export function editImage(base: Image, edit: ImageEdit): Image {
  const docker = isDocker(base.mediaType);
  const added = edit.layers.map(({ layer }) => inFamily(layer, docker));
  const config = editedConfig(base.config, edit);
  const configBytes = Buffer.from(canonicalJson(config));
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
      digest: digestOf(configBytes),
      size: configBytes.length,
    },
    layers: [...base.manifest.layers, ...added.map(descriptorOf)],
    ...(edit.annotations === undefined ? {} : { annotations: edit.annotations }),
  };
  const manifestBytes = Buffer.from(canonicalJson(manifest));
  const layers = [...base.layers, ...added];
  return { digest: digestOf(manifestBytes), mediaType, manifest, manifestBytes, config, configBytes, layers };
}

function editedConfig(base: ImageConfig, edit: ImageEdit): ImageConfig {
  const { created, layers, namedHistory = true } = edit;
  const container = base.config ?? {};
  const edited = withoutNulls(edit.config?.(container) ?? container);
  const diffIds = [...base.rootfs.diff_ids, ...layers.map(({ layer }) => layer.diffId)];
  const history = [
    ...normalHistory(base).map((entry) => ({ ...(namedHistory && entry), created })),
    ...layers.map(({ createdBy }) => ({ created, ...(namedHistory && createdBy !== '' && { created_by: createdBy }) })),
  ];
  return { ...base, created, config: edited, rootfs: { type: 'layers', diff_ids: diffIds }, history };
}

/** One entry a layer, as the reference lifecycle writes it: steps without a layer go, and a history that does not fit says nothing. */
function normalHistory(config: ImageConfig): readonly HistoryEntry[] {
  const entries = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
  const count = config.rootfs.diff_ids.length;
  return entries.length === count ? entries : Array.from({ length: count }, () => ({}));
}

function withoutNulls(config: ContainerConfig): ContainerConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined));
}

export function descriptorOf({ mediaType, digest, sizeBytes }: Layer): Descriptor {
  return { mediaType, digest, size: sizeBytes };
}

function inFamily(layer: Layer, docker: boolean): Layer {
  const mediaType = layerType(layer, docker);
  if (mediaType === layer.mediaType) return layer;
  return {
    mediaType,
    digest: layer.digest,
    diffId: layer.diffId,
    sizeBytes: layer.sizeBytes,
    open: () => layer.open(),
    get file() {
      return layer.file;
    },
    ...(layer.fetchFile === undefined ? {} : { fetchFile: () => layerFile(layer) }),
    ...(layer.origin === undefined ? {} : { origin: layer.origin }),
  };
}

async function layerFile(layer: Layer): Promise<string> {
  const file = layer.file ?? (await layer.fetchFile?.());
  if (file === undefined) throw new TsbuildpackError('INTERNAL', `Cannot find a file for layer ${layer.digest}`);
  return file;
}

function layerType(layer: Layer, docker: boolean): string {
  const compression = compressionOf(layer.mediaType);
  if (!docker) {
    if (compression === 'zstd') return mediaTypes.ociLayerZstd;
    return compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayer;
  }
  if (compression === 'none') return mediaTypes.dockerLayer;
  if (compression === 'gzip') return mediaTypes.dockerLayerGzip;
  throw new TsbuildpackError(
    'EXPORT_FAILED',
    `Cannot put layer ${layer.digest} on the base image: Docker's image format has no ${compression} layers, the base has that format`,
    { hint: 'Compress with gzip, or use a base image in the OCI format' },
  );
}
