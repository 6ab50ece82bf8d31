import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events.ts';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { registrySink, registrySource } from '../../src/image/registry-place.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { canonicalJson } from '../../src/oci/canonical-json.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import type { Platform } from '../../src/oci/platform.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { MemoryRegistry } from '../registry/memory-registry.ts';
import { startMemoryRegistry } from '../registry/memory-registry.ts';
import { authFor } from '../registry/open-test-repository.ts';
import { exampleImage, fileLayer } from './example-image.ts';
import { openFolderBlobStore } from './folder-blob-store.ts';
import { platformOf } from '../../src/image/image-from.ts';

const context = { report: (): void => undefined };
const created = '1980-01-01T00:00:01Z';

function client(): ReturnType<typeof createRegistryClient> {
  return createRegistryClient({ env: { HOME: '/nonexistent' } });
}

function push(image: Image, name: string): Promise<unknown> {
  return registrySink({ reference: parseReference(name), client: client() }).write(image, context);
}

describe('registrySink()', () => {
  test('asks one question when the tag has the image already', async () => {
    const registry = await startMemoryRegistry();
    const image = exampleImage();
    await push(image, `${registry.host}/app:1`);
    registry.requests.length = 0;
    await push(image, `${registry.host}/app:1`);
    expect(registry.seen(/./)).toEqual(['HEAD /v2/app/manifests/1']);
  });

  test('sends no blob that the repository has, and reads none of them', async () => {
    const registry = await startMemoryRegistry();
    const layers = [fileLayer('app/a', 'a'), fileLayer('app/b', 'b')];
    await push(exampleImage({ layers: [layers[0]!] }), `${registry.host}/app:1`);
    const before = layers[0]!.opened();
    await push(exampleImage({ layers }), `${registry.host}/app:2`);
    expect(layers.map((layer) => layer.opened())).toEqual([before, 1]);
  });

  test('pushes several tags with one client without asking again', async () => {
    const registry = await startMemoryRegistry();
    const shared = client();
    const image = exampleImage();
    for (const tag of ['1', '2']) {
      // oxlint-disable-next-line no-await-in-loop
      await registrySink({ reference: parseReference(`${registry.host}/app:${tag}`), client: shared }).write(
        image,
        context,
      );
    }
    expect(registry.seen(/2$/)).toEqual(['HEAD /v2/app/manifests/2', 'PUT /v2/app/manifests/2']);
  });

  test('mounts base layers from where they come from, without fetching them', async () => {
    const registry = await startMemoryRegistry();
    await push(exampleImage(), `${registry.host}/base:1`);
    const blobs = await openFolderBlobStore();
    const base = await registrySource({
      reference: parseReference(`${registry.host}/base:1`),
      client: client(),
      blobs,
    }).resolve();
    const image = editImage(base, { created, layers: [{ layer: fileLayer('app/new', 'new'), createdBy: 'x' }] });
    registry.requests.length = 0;
    await push(image, `${registry.host}/app:1`);
    expect(registry.seen(/mount=/)).toHaveLength(2);
    expect(registry.seen(/^GET/)).toEqual([]);
    // The new layer and the config.
    expect(registry.seen(/^PUT .*uploads/)).toHaveLength(2);
  });

  test('fetches base layers once when they go to another registry, and keeps them', async () => {
    const from = await startMemoryRegistry();
    const to = await startMemoryRegistry();
    await push(exampleImage(), `${from.host}/base:1`);
    const blobs = await openFolderBlobStore();
    const source = registrySource({ reference: parseReference(`${from.host}/base:1`), client: client(), blobs });
    const image = await source.resolve();
    expect(image.layers.every((layer) => layer.file === undefined)).toBe(true);
    await push(image, `${to.host}/base:1`);
    await push(await source.resolve(), `${to.host}/copy:1`);
    expect(from.seen(/^GET .*blobs/)).toHaveLength(3);
    expect(to.seen(/mount=/)).toEqual([]);
    expect((await source.resolve()).layers.every((layer) => layer.file !== undefined)).toBe(true);
  });

  test('writes the manifest last, and not at all when a layer fails', async () => {
    const registry = await startMemoryRegistry();
    const broken: Layer = { ...fileLayer('app/x', 'x'), open: () => Promise.reject(new Error('broken')) };
    await expect(
      push(exampleImage({ layers: [fileLayer('app/y', 'y'), broken] }), `${registry.host}/app:1`),
    ).rejects.toThrow('broken');
    expect(registry.manifests.size).toBe(0);
    await push(exampleImage(), `${registry.host}/app:1`);
    expect(registry.seen(/^PUT/).at(-1)).toBe('PUT /v2/app/manifests/1');
  });

  test('refuses to push under a digest that the image does not have', async () => {
    const registry = await startMemoryRegistry();
    await expect(push(exampleImage(), `${registry.host}/app@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'REFERENCE_INVALID',
    });
    expect(registry.requests).toEqual([]);
  });

  test('reports progress of an upload that takes a while', async () => {
    const registry = await startMemoryRegistry();
    const layer = fileLayer('app/x', 'x');
    const slow: Layer = {
      ...layer,
      open: async () => Readable.from(inTwoParts(await layer.open()), { objectMode: false }),
    };
    const events: Event[] = [];
    const sink = registrySink({ reference: parseReference(`${registry.host}/app:1`), client: client() });
    await sink.write(exampleImage({ layers: [slow] }), { report: (event) => events.push(event) });
    const { sizeBytes, digest } = layer;
    const progress = { type: 'progress', id: `push:${digest}`, bytes: sizeBytes, totalBytes: sizeBytes };
    expect(events).toEqual([false, true].map((done) => expect.objectContaining({ ...progress, done })));
  });
});

test('what is reported of a push with a password holds nothing of it (SEC-06)', async () => {
  const password = 'Correct Horse/7';
  const registry = await startMemoryRegistry({ auth: { kind: 'basic', username: 'ann', password } });
  const events: Event[] = [];
  const env = { HOME: '/nonexistent', ...authFor(registry.host, 'ann', password) };
  const sink = registrySink({
    reference: parseReference(`${registry.host}/app:1`),
    client: createRegistryClient({ env }),
  });
  const layer = fileLayer('app/x', 'x');
  const slow: Layer = {
    ...layer,
    open: async () => Readable.from(inTwoParts(await layer.open()), { objectMode: false }),
  };
  const written = await sink.write(exampleImage({ layers: [slow] }), { report: (event) => events.push(event) });
  expect(events.length).toBeGreaterThan(0);
  const said = JSON.stringify([events, written]);
  for (const secret of [password, Buffer.from(`ann:${password}`).toString('base64')])
    expect(said).not.toContain(secret);
});

/** Slow enough for progress to be reported. */
async function* inTwoParts(stream: Readable): AsyncGenerator<Buffer> {
  const bytes = Buffer.concat(await stream.toArray());
  yield bytes.subarray(0, 10);
  await new Promise((resolve) => setTimeout(resolve, 250));
  yield bytes.subarray(10);
}

describe('registrySource()', () => {
  async function startIndexed(
    platforms: readonly string[],
  ): Promise<{ readonly registry: MemoryRegistry; readonly images: Image[] }> {
    const registry = await startMemoryRegistry();
    const images = platforms.map((platform) => exampleImage({ platform: parsePlatform(platform), content: platform }));
    const manifests: Descriptor[] = [];
    for (const image of images) {
      // oxlint-disable-next-line no-await-in-loop
      await push(image, `${registry.host}/app:one`);
      manifests.push({
        mediaType: image.mediaType,
        digest: image.digest,
        size: image.manifestBytes.length,
        platform: platformOf(image.config),
      });
    }
    const bytes = Buffer.from(canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
    registry.putManifest('app', 'all', { mediaType: mediaTypes.ociIndex, bytes });
    return { registry, images };
  }

  async function resolve(registry: MemoryRegistry, name: string, platform?: Platform): Promise<Image> {
    const reference = parseReference(`${registry.host}/${name}`);
    return registrySource({ reference, client: client(), blobs: await openFolderBlobStore() }).resolve(platform);
  }

  test('takes the image for a platform from an index (RUN-10)', async () => {
    const { registry, images } = await startIndexed(['linux/amd64', 'linux/arm64', 'linux/arm/v7']);
    const found = await resolve(registry, 'app:all', parsePlatform('linux/arm64/v8'));
    expect(found.digest).toBe(images[1]!.digest);
    expect(await validateImage(found)).toEqual([]);
    await expect(resolve(registry, 'app:all', parsePlatform('linux/s390x'))).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      detail: 'There is: linux/amd64, linux/arm64, linux/arm/v7',
    });
  });

  test('resolves a digest that is kept without a single request', async () => {
    const registry = await startMemoryRegistry();
    const image = exampleImage();
    await push(image, `${registry.host}/app:1`);
    const blobs = await openFolderBlobStore();
    const reference = parseReference(`${registry.host}/app@${image.digest}`);
    await registrySource({ reference, client: client(), blobs }).resolve();
    registry.requests.length = 0;
    expect((await registrySource({ reference, client: client(), blobs }).resolve()).digest).toBe(image.digest);
    expect(registry.requests).toEqual([]);
  });

  test.each([
    {
      why: 'a config of other bytes',
      lie: (registry: MemoryRegistry, image: Image) =>
        folderOf(registry).set(image.manifest.config.digest, Buffer.from('{}')),
      code: 'BLOB_CORRUPT',
    },
    {
      why: 'a layer count that differs from the config',
      lie: (registry: MemoryRegistry, image: Image) =>
        putManifest(registry, { ...image.manifest, layers: image.manifest.layers.slice(1) }),
      code: 'IMAGE_INVALID',
    },
    {
      why: 'a config of gigantic size',
      lie: (registry: MemoryRegistry, image: Image) =>
        putManifest(registry, { ...image.manifest, config: { ...image.manifest.config, size: 1e12 } }),
      code: 'IMAGE_INVALID',
    },
    {
      why: 'an artifact',
      lie: (registry: MemoryRegistry, image: Image) =>
        putManifest(registry, {
          ...image.manifest,
          config: { ...image.manifest.config, mediaType: 'application/vnd.cncf.helm.config.v1+json' },
        }),
      code: 'IMAGE_INVALID',
    },
    {
      why: 'an index that names itself',
      lie: (registry: MemoryRegistry) =>
        registry.putManifest('app', '1', { mediaType: mediaTypes.ociIndex, bytes: selfIndex }),
      code: 'IMAGE_NOT_FOUND',
    },
    {
      why: 'a page of HTML',
      lie: (registry: MemoryRegistry) =>
        registry.putManifest('app', '1', { mediaType: 'text/html', bytes: Buffer.from('<html>') }),
      code: 'IMAGE_INVALID',
    },
  ])('refuses $why', async ({ lie, code }) => {
    const registry = await startMemoryRegistry();
    const image = exampleImage();
    await push(image, `${registry.host}/app:1`);
    lie(registry, image);
    await expect(resolve(registry, 'app:1')).rejects.toMatchObject({ code });
  });

  test('refuses a layer of other bytes when it is read', async () => {
    const registry = await startMemoryRegistry();
    const image = exampleImage();
    await push(image, `${registry.host}/app:1`);
    folderOf(registry).set(image.layers[0]!.digest, Buffer.from('other'));
    const found = await resolve(registry, 'app:1');
    await expect(found.layers[0]!.open()).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  function folderOf(registry: MemoryRegistry): Map<string, Buffer> {
    return registry.blobs.get('app')!;
  }

  function putManifest(registry: MemoryRegistry, manifest: unknown): void {
    registry.putManifest('app', '1', {
      mediaType: mediaTypes.ociManifest,
      bytes: Buffer.from(canonicalJson(manifest)),
    });
  }
});

const selfIndex = Buffer.from(
  canonicalJson({
    schemaVersion: 2,
    manifests: [{ mediaType: mediaTypes.ociIndex, digest: digestOf('itself'), size: 10 }],
  }),
);
