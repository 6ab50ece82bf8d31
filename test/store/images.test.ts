import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { imageOf, memoryLayer } from './image-fixture.ts';
import { temporaryStore } from './temporary-store.ts';

async function bytesOf(layer: Layer): Promise<string> {
  return Buffer.concat(await (await layer.open()).toArray()).toString();
}

test('images.put() keeps an image that can be loaded without its source', async () => {
  const { store } = await temporaryStore();
  const base = memoryLayer('base layer, so far in a registry');
  const image = imageOf([base, memoryLayer('app')]);
  const named = await store.images.put('example.org/app:1', image);
  expect(named).toMatchObject({
    name: 'example.org/app:1',
    digest: image.digest,
    platform: { os: 'linux', architecture: 'amd64' },
    sizeBytes: image.manifestBytes.length + image.configBytes.length + base.sizeBytes + 3,
    storedAt: new Date(Date.UTC(2026, 0, 1)),
  });
  const stored = await store.images.get('example.org/app:1');
  expect(stored).toMatchObject({ digest: image.digest, manifest: image.manifest, config: image.config });
  expect(Buffer.from(stored!.manifestBytes).equals(image.manifestBytes)).toBe(true);
  expect(await Promise.all(stored!.layers.map(bytesOf))).toEqual(['base layer, so far in a registry', 'app']);
  expect(stored!.layers.map((layer) => layer.diffId)).toEqual(image.config.rootfs.diff_ids);
  expect(base.opened).toBe(1);
  await store.images.put('example.org/app:2', image);
  expect(base.opened).toBe(1);
});

test('images.list() and remove() know names, get() none of a removed image', async () => {
  const { store, advance } = await temporaryStore();
  await store.images.put('b', imageOf([memoryLayer('b')]));
  advance(1000);
  await store.images.put('a/ü:x', imageOf([memoryLayer('a')]));
  expect((await store.images.list()).map(({ name }) => name)).toEqual(['a/ü:x', 'b']);
  expect(await store.images.remove('b')).toBe(true);
  expect(await store.images.remove('b')).toBe(false);
  expect(await store.images.get('b')).toBeUndefined();
  expect((await store.images.list()).map(({ name }) => name)).toEqual(['a/ü:x']);
});

test('images.put() under the same name frees the image that had it', async () => {
  const { store, advance } = await temporaryStore();
  const old = imageOf([memoryLayer('shared'), memoryLayer('old')]);
  const fresh = imageOf([memoryLayer('shared'), memoryLayer('new')]);
  await store.images.put('app', old);
  await store.images.put('app', fresh);
  advance(1000);
  await store.prune();
  expect((await store.images.get('app'))?.digest).toBe(fresh.digest);
  expect(await store.blobs.has(old.digest)).toBe(false);
  expect(await store.blobs.has(digestOf('old'))).toBe(false);
  expect(await store.blobs.has(digestOf('shared'))).toBe(true);
});

test('images.put() of the image that has the name already notes its use and keeps its date', async () => {
  const { store, advance } = await temporaryStore();
  const image = imageOf([memoryLayer('x')]);
  const first = await store.images.put('app', image);
  advance(3_600_000);
  expect(await store.images.put('app', image)).toEqual(first);
  await store.prune({ images: true, unusedForMs: 1_800_000 });
  expect(await store.images.get('app')).toBeDefined();
});

test('images.put() gives no name to an image whose layer cannot be had', async () => {
  const { store } = await temporaryStore();
  const layer: Layer = { ...memoryLayer('lost'), open: () => Promise.reject(new Error('no network')) };
  await expect(store.images.put('app', imageOf([layer]))).rejects.toThrow('no network');
  expect(await store.images.list()).toEqual([]);
});

test('images.get() names an image whose blobs somebody deleted, and the remedy', async () => {
  const { store, dir } = await temporaryStore();
  await store.images.put('app', imageOf([memoryLayer('x')]));
  rmSync(join(dir, 'v1/blobs/sha256', hexOf(digestOf('x'))));
  await expect(store.images.get('app')).rejects.toMatchObject({
    code: 'BLOB_CORRUPT',
    message: expect.stringContaining('Cannot read image "app" of the store'),
    hint: 'Build it again, or remove it: tsbuildpack remove app',
  });
});

test('images.open() takes layers that the store lacks from elsewhere', async () => {
  const { store } = await temporaryStore();
  const base = memoryLayer('base');
  const image = imageOf([base, memoryLayer('app')]);
  await store.images.keepDocuments(image);
  await store.blobs.putBytes(Buffer.from('app'));
  const { digest, mediaType } = image;
  expect(await store.images.open(digest, { mediaType })).toBeUndefined();
  const opened = await store.images.open(digest, {
    mediaType,
    elsewhere: (layer, diffId) => (layer.digest === base.digest && diffId === base.diffId ? base : undefined),
  });
  expect(await Promise.all(opened!.layers.map(bytesOf))).toEqual(['base', 'app']);
  expect(await store.images.open(digestOf('nothing'), { mediaType })).toBeUndefined();
});
