import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { descriptorOf, editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import type { Layer } from '../../src/layer/layer.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { contentEntry, directoryEntry } from '../../src/layer/tar-entry.ts';
import { tarBytes } from '../../src/layer/tar-writer.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { canonicalJson } from '../../src/oci/canonical-json.ts';
import type { Manifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import type { Platform } from '../../src/oci/platform.ts';

export const amd64: Platform = { os: 'linux', architecture: 'amd64' };
const root = { uid: 0, gid: 0 };

/** A layer in memory that counts how often its bytes were asked for. */
export interface CountedLayer extends Layer {
  readonly opened: () => number;
}

export function layerOf(entries: readonly TarEntry[], mediaType: string = mediaTypes.ociLayerGzip): CountedLayer {
  const tar = Buffer.concat([...tarBytes(entries)].map((chunk) => Buffer.from(chunk)));
  const bytes = mediaType.endsWith('gzip') ? gzipSync(tar, { level: 1 }) : tar;
  let opened = 0;
  return {
    mediaType,
    digest: digestOf(bytes),
    diffId: digestOf(tar),
    sizeBytes: bytes.length,
    open: async () => {
      opened += 1;
      return Readable.from([bytes], { objectMode: false });
    },
    opened: () => opened,
  };
}

export function fileLayer(path: string, content: string, mediaType?: string): CountedLayer {
  return layerOf([directoryEntry('app', root), contentEntry(path, content, root)], mediaType);
}

export interface ExampleOptions {
  /** Makes the image another one. @default 'hello' */
  readonly content?: string;
  readonly platform?: Platform;
  readonly layers?: readonly Layer[];
}

/** A small OCI image: two layers, a few settings. */
export function exampleImage({ content = 'hello', platform = amd64, layers }: ExampleOptions = {}): Image {
  const own = layers ?? [fileLayer('app/base.txt', 'base'), fileLayer('app/hello.txt', content)];
  return editImage(scratchImage(platform), {
    created: '1980-01-01T00:00:01Z',
    layers: own.map((layer, index) => ({ layer, createdBy: `example layer ${index}` })),
    config: () => ({
      Env: ['PATH=/app', 'OPTS=a=b=c'],
      Entrypoint: ['/app/hello'],
      Labels: { 'example.label': content },
    }),
  });
}

/** The same with Docker's media types, and keys in the config that we do not know. */
export function dockerImage(
  layers: readonly Layer[] = [fileLayer('app/docker.txt', 'docker', mediaTypes.dockerLayerGzip)],
): Image {
  const config = {
    architecture: 'amd64',
    os: 'linux',
    docker_version: '20.10.24',
    created: '2020-02-02T02:02:02Z',
    config: {
      Env: ['PATH=/bin'],
      Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000 },
      OnBuild: ['RUN x'],
    },
    rootfs: { type: 'layers' as const, diff_ids: layers.map((layer) => layer.diffId) },
    history: [
      { created: '2020-02-02T02:02:02Z', created_by: 'ENV PATH=/bin', empty_layer: true },
      ...layers.map(() => ({ created: '2020-02-02T02:02:02Z', created_by: 'COPY /app' })),
    ],
  };
  const configBytes = Buffer.from(JSON.stringify(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { mediaType: mediaTypes.dockerConfig, digest: digestOf(configBytes), size: configBytes.length },
    layers: layers.map(descriptorOf),
  };
  const manifestBytes = Buffer.from(canonicalJson(manifest));
  const digest = digestOf(manifestBytes);
  return { digest, mediaType: mediaTypes.dockerManifest, manifest, manifestBytes, config, configBytes, layers };
}
