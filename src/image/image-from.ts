import { TsbuildpackError } from '../errors.ts';
import type { Layer } from '../layer/layer.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Manifest } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { maxConfigBytes, parseImageConfig } from '../oci/parse-image-config.ts';
import type { ManifestDocument } from '../oci/parse-manifest.ts';
import { maxManifestBytes, parseManifest } from '../oci/parse-manifest.ts';
import type { Platform } from '../oci/platform.ts';
import { noPlatform, runsOn, selectPlatform } from '../oci/select-platform.ts';
import type { Image } from './image.ts';

/** A manifest or index as a place gave it. */
export interface TopDocument {
  readonly bytes: Uint8Array;
  /** As the place says, if it says. */
  readonly mediaType: string | undefined;
}

/** How one place gives the parts of an image. */
export interface ImageParts {
  /** For messages. */
  readonly name: string;
  /** A manifest or config: all its bytes, which imageFrom() verifies. At most `limitBytes` need to be read. */
  readDocument(descriptor: Descriptor, limitBytes: number): Promise<Uint8Array>;
  layer(descriptor: Descriptor, diffId: Digest): Layer;
}

/** Indexes in indexes are allowed; in no real image is it more than one. */
const maxDepth = 4;

/**
 * Follows a manifest or index to the image for a platform, and verifies each document that it reads. Layers are not read.
 * Throws IMAGE_INVALID, IMAGE_NOT_FOUND when there is none for the platform.
 */
export async function imageFrom(top: TopDocument, parts: ImageParts, platform?: Platform): Promise<Image> {
  const { document, bytes } = await findManifest(top, parts, platform);
  const { manifest, mediaType } = document;
  refuseArtifacts(manifest, parts.name);
  const configBytes = await verifiedDocument(manifest.config, parts, maxConfigBytes);
  const config = parseImageConfig(configBytes, parts.name);
  checkPlatform(config, platform, parts.name);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw invalid(parts.name, `its manifest has ${manifest.layers.length} layers, its config ${diffIds.length}`);
  }
  const layers = diffIds.flatMap((diffId, index) => {
    const descriptor = manifest.layers[index];
    return descriptor === undefined ? [] : [parts.layer(descriptor, diffId)];
  });
  return { digest: digestOf(bytes), mediaType, manifest, manifestBytes: bytes, config, configBytes, layers };
}

interface FoundManifest {
  readonly document: Extract<ManifestDocument, { readonly kind: 'manifest' }>;
  readonly bytes: Uint8Array;
}

async function findManifest(
  top: TopDocument,
  parts: ImageParts,
  platform: Platform | undefined,
): Promise<FoundManifest> {
  let { bytes, mediaType } = top;
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const document = parseManifest(bytes, { name: parts.name, mediaType });
    if (document.kind === 'manifest') return { document, bytes };
    const chosen = selectPlatform(document.index, platform, parts.name);
    // oxlint-disable-next-line no-await-in-loop
    bytes = await verifiedDocument(chosen, parts, maxManifestBytes);
    ({ mediaType } = chosen);
  }
  throw invalid(parts.name, `there are more than ${maxDepth} indexes in one another`);
}

async function verifiedDocument(descriptor: Descriptor, parts: ImageParts, limitBytes: number): Promise<Uint8Array> {
  const { digest, size } = descriptor;
  if (size > limitBytes) throw invalid(parts.name, `document ${digest} has ${size} bytes, ${limitBytes} are allowed`);
  const bytes = await parts.readDocument(descriptor, limitBytes);
  if (bytes.length === size && digestOf(bytes) === digest) return bytes;
  throw invalid(parts.name, `document ${digest} of ${size} bytes came as ${digestOf(bytes)} of ${bytes.length} bytes`);
}

function refuseArtifacts(manifest: Manifest, name: string): void {
  const { mediaType } = manifest.config;
  if (mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig) return;
  throw invalid(name, `it is no container image but an artifact with a config of type "${mediaType.slice(0, 100)}"`);
}

function checkPlatform(config: ImageConfig, platform: Platform | undefined, name: string): void {
  // Old builders left the architecture empty: nobody can say what such an image is for.
  if (platform === undefined || config.architecture === '' || config.os === '') return;
  if (!runsOn(config, platform)) throw noPlatform(name, platform, [platformOf(config)]);
}

export function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function invalid(name: string, problem: string): TsbuildpackError {
  return new TsbuildpackError('IMAGE_INVALID', `Cannot use image "${name}": ${problem}`);
}
