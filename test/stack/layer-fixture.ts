import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Image } from '../../src/image/image.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { ImageConfig } from '../../src/oci/image-config.ts';
import type { Manifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';

/** Path to content; `-> x` is a symlink, `=> x` a hard link, a path that ends in `/` a directory. */
export type LayerContent = Readonly<Record<string, string | Uint8Array>>;

/** A gzip layer as another tool would make it; counts how often it is read. */
export async function layerOf(content: LayerContent): Promise<Layer & { readonly reads: () => number }> {
  const archive = pack();
  for (const [name, value] of Object.entries(content)) {
    if (name.endsWith('/')) archive.entry({ name, type: 'directory' });
    else if (typeof value === 'string' && /^[-=]> /.test(value)) {
      archive.entry({ name, type: value.startsWith('-') ? 'symlink' : 'link', linkname: value.slice(3) });
    } else archive.entry({ name }, Buffer.from(value));
  }
  archive.finalize();
  const tar = Buffer.concat(await Readable.from(archive).toArray());
  const bytes = gzipSync(tar);
  let reads = 0;
  return {
    mediaType: mediaTypes.ociLayerGzip,
    digest: digestOf(bytes),
    diffId: digestOf(tar),
    sizeBytes: bytes.length,
    async open() {
      reads += 1;
      return Readable.from([bytes], { objectMode: false });
    },
    reads: () => reads,
  };
}

export function imageWith(layers: readonly Layer[], config: Partial<ImageConfig> = {}): Image {
  const full: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    ...config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  };
  const configBytes = Buffer.from(JSON.stringify(full));
  const manifest: Manifest = {
    schemaVersion: 2,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(configBytes), size: configBytes.length },
    layers: layers.map(({ mediaType, digest, sizeBytes }) => ({ mediaType, digest, size: sizeBytes })),
  };
  const manifestBytes = Buffer.from(JSON.stringify(manifest));
  return {
    digest: digestOf(manifestBytes),
    mediaType: mediaTypes.ociManifest,
    manifest,
    manifestBytes,
    config: full,
    configBytes,
    layers,
  };
}
