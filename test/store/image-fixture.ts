import { Readable } from 'node:stream';
import type { Layer } from '../../src/layer/layer.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { ImageConfig } from '../../src/oci/image-config.ts';
import type { Manifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import type { StorableImage } from '../../src/store/stored-images.ts';

/** A layer whose bytes come from memory, as those of a registry come from the network; counts how often it is opened. */
export function memoryLayer(text: string): Layer & { opened: number } {
  const bytes = Buffer.from(text);
  return {
    mediaType: mediaTypes.ociLayer,
    digest: digestOf(bytes),
    diffId: digestOf(bytes),
    sizeBytes: bytes.length,
    opened: 0,
    async open() {
      this.opened += 1;
      return Readable.from([bytes], { objectMode: false });
    },
  };
}

export function imageOf(layers: readonly Layer[], env: readonly string[] = []): StorableImage {
  const config: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: env },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  };
  const configBytes = Buffer.from(JSON.stringify(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(configBytes), size: configBytes.length },
    layers: layers.map(({ mediaType, digest, sizeBytes }) => ({ mediaType, digest, size: sizeBytes })),
  };
  const manifestBytes = Buffer.from(JSON.stringify(manifest));
  return {
    digest: digestOf(manifestBytes),
    mediaType: mediaTypes.ociManifest,
    manifest,
    manifestBytes,
    config,
    configBytes,
    layers,
  };
}
