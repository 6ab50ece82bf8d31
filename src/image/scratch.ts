import { canonicalJson } from '../oci/canonical-json.ts';
import { digestOf } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Manifest } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { Platform } from '../oci/platform.ts';
import type { Image } from './image.ts';

/** The empty image for a platform: no layers, no settings. A base to build on, and the same one for everybody. */
export function scratchImage({ os, architecture, variant }: Platform): Image {
  const config: ImageConfig = {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    config: {},
    rootfs: { type: 'layers', diff_ids: [] },
  };
  const configBytes = Buffer.from(canonicalJson(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(configBytes), size: configBytes.length },
    layers: [],
  };
  const manifestBytes = Buffer.from(canonicalJson(manifest));
  const digest = digestOf(manifestBytes);
  return { digest, mediaType: mediaTypes.ociManifest, manifest, manifestBytes, config, configBytes, layers: [] };
}
