import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import { createLayer } from '../../src/layer/create-layer.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { contentEntry, directoryEntry, parentEntries } from '../../src/layer/tar-entry.ts';
import type { Event } from '../../src/events.ts';
import { cacheArchives } from '../../src/lifecycle/cache-archives.ts';
import { cacheDirectory } from '../../src/lifecycle/cache-directory.ts';
import { cacheImage, type CacheImageOptions } from '../../src/lifecycle/cache-image.ts';
import type { LayerCache } from '../../src/lifecycle/layer-cache.ts';
import { archivedCache } from '../../src/lifecycle/restorable-cache.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let dir: string;
let store: Store;
const report = (): void => undefined;
const owner = { uid: 1001, gid: 1000 };
const metadataName = 'io.buildpacks.lifecycle.cache.metadata';

beforeEach(async () => {
  dir = temporaryDirectory('layer-cache');
  mkdirSync(join(dir, 'cache'));
  mkdirSync(join(dir, 'layers'));
  store = await openStore(join(dir, 'store'), { report });
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function layerOf(content: string, compression: 'gzip' | 'none' = 'gzip'): Promise<Layer> {
  const path = '/layers/a_b/one';
  const entries = [
    ...parentEntries(path, owner),
    directoryEntry(path, owner),
    contentEntry(`${path}/file`, Buffer.from(content), owner),
  ];
  return await createLayer(entries, { sink: store.blobs, name: 'one', report, compression });
}

async function keep(cache: LayerCache, ...layers: readonly Layer[]): Promise<void> {
  const record = { data: null, build: false, launch: false, cache: true };
  const records = layers.map(({ diffId }, index) => [`l${index}`, { sha: diffId, ...record }]);
  const buildpacks = [{ key: 'a/b', version: '1.0.0', layers: Object.fromEntries(records) }];
  await cache.commit(
    { sbom: { sha: '' }, buildpacks },
    layers.map((layer) => ({ layer, createdBy: 'a test' })),
  );
}

const layersPair = (): { host: string; inside: string; image: string } => {
  const host = join(dir, 'layers');
  return { host, inside: host, image: '/layers' };
};

describe('a cache in a directory', () => {
  const place = (...names: readonly string[]): string => join(dir, 'cache', ...names);

  test('has the form of the reference [CAC-01] [CAC-02] [CAC-03]', async () => {
    const layer = await layerOf('x');
    await keep(await cacheDirectory(place()), layer);
    expect(readdirSync(place())).toEqual(['committed']);
    expect(readdirSync(place('committed')).toSorted()).toEqual([metadataName, `${layer.diffId}.tar`]);
    expect(JSON.parse(readFileSync(place('committed', metadataName), 'utf8'))).toMatchObject({
      buildpacks: [{ key: 'a/b', layers: { l0: { sha: layer.diffId, cache: true } } }],
    });
    // Uncompressed: the whole archive ends with two zero blocks.
    const tar = readFileSync(place('committed', `${layer.diffId}.tar`));
    expect(tar.length % 512).toBe(0);
    expect(tar.subarray(-1024).every((byte) => byte === 0)).toBe(true);
  });

  test('gives a layer back where it belongs, verified [RST-14] [CAC-12]', async () => {
    const layer = await layerOf('content');
    await keep(await cacheDirectory(place()), layer);
    const again = archivedCache(await cacheDirectory(place()), layersPair());
    const wish = { buildpack: 'a/b', name: 'one', sha: layer.diffId };
    expect(await again.restore(wish)).toEqual({ restored: true });
    expect(readFileSync(join(dir, 'layers', 'a_b', 'one', 'file'), 'utf8')).toBe('content');
    writeFileSync(place('committed', `${layer.diffId}.tar`), 'broken');
    expect(await again.restore(wish)).toMatchObject({ restored: false });
    expect(await again.restore({ ...wish, sha: `sha256:${'0'.repeat(64)}` })).toMatchObject({ restored: false });
    expect(readdirSync(join(dir, 'layers'))).toEqual(['a_b']);
  });

  test('links what did not change and writes anew what is broken [CAC-05] [CAC-12]', async () => {
    const layer = await layerOf('same');
    const file = place('committed', `${layer.diffId}.tar`);
    await keep(await cacheDirectory(place()), layer);
    const { ino } = statSync(file);
    await keep(await cacheDirectory(place()), layer);
    expect(statSync(file).ino).toBe(ino);
    const good = readFileSync(file);
    writeFileSync(file, 'broken');
    const cache = await cacheDirectory(place());
    expect(await cache.intact(layer.diffId)).toBe(false);
    await keep(cache, layer);
    expect(readFileSync(file).equals(good)).toBe(true);
  });

  test('forgets what is not kept, and what a build that died left behind [CAC-03] [CAC-04] [CAC-10]', async () => {
    const [one, two] = [await layerOf('1'), await layerOf('2')];
    await keep(await cacheDirectory(place()), one);
    mkdirSync(place('staging'), { recursive: true });
    writeFileSync(place('staging', 'half'), '');
    mkdirSync(place('committed-backup'));
    const cache = await cacheDirectory(place());
    expect(await cache.layer(one.diffId)).toBeDefined();
    await keep(cache, two);
    expect(readdirSync(place())).toEqual(['committed']);
    expect(readdirSync(place('committed'))).not.toContain(`${one.diffId}.tar`);
  });

  test('is what it was when it cannot be replaced [CAC-04]', async () => {
    const layer = await layerOf('1');
    await keep(await cacheDirectory(place()), layer);
    const broken: Layer = { ...(await layerOf('2')), open: () => Promise.reject(new Error('The bytes have gone')) };
    await expect(keep(await cacheDirectory(place()), broken)).rejects.toThrow('The bytes have gone');
    expect(await (await cacheDirectory(place())).layer(layer.diffId)).toBeDefined();
  });

  test('without usable metadata it is empty, without a directory an error [CAC-03] [CAC-06]', async () => {
    mkdirSync(place('committed'));
    writeFileSync(place('committed', metadataName), '{');
    expect((await (await cacheDirectory(place())).metadata()).buildpacks).toEqual([]);
    await expect(cacheDirectory(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

test('a cache that cannot be written is a warning and no failure [CAC-11]', async () => {
  const cache = await cacheDirectory(join(dir, 'cache'));
  const failing: LayerCache = { ...cache, commit: () => Promise.reject(new Error('The disk is tired')) };
  const events: Event[] = [];
  await cacheArchives({
    outputs: [],
    exported: { layers: [] },
    cache: failing,
    layers: layersPair(),
    owner,
    compression: 'gzip',
    blobs: store.blobs,
    report: (event) => events.push(event),
  });
  expect(events).toEqual([{ type: 'warning', message: 'The cache stays as it was: The disk is tired' }]);
});

describe('a cache in an image', () => {
  const directory = (): string => join(dir, 'layout');
  const cache = (options: Partial<CacheImageOptions> = {}): LayerCache =>
    cacheImage({
      open: async () =>
        existsSync(join(directory(), 'index.json'))
          ? await layoutSource({ directory: directory() }).resolve()
          : undefined,
      sink: layoutSink({ directory: directory(), tags: ['latest'] }),
      blobs: store.blobs,
      platform: { os: 'linux', architecture: 'amd64' },
      report,
      ...options,
    });

  test('holds its layers once and the metadata in a label [CAC-07] [CAC-16]', async () => {
    const [one, two] = [await layerOf('1'), await layerOf('2')];
    await keep(cache(), one, two, one);
    const image = await layoutSource({ directory: directory() }).resolve();
    expect(image.layers.map(({ diffId }) => diffId)).toEqual([one.diffId, two.diffId]);
    expect(image.config.config?.Labels?.[metadataName]).toContain(one.diffId);
    const again = archivedCache(cache(), layersPair());
    expect(await again.restore({ buildpack: 'a/b', name: 'one', sha: two.diffId })).toEqual({ restored: true });
    expect(readFileSync(join(dir, 'layers', 'a_b', 'one', 'file'), 'utf8')).toBe('2');
  });

  test('has one empty layer when there is nothing to keep, and is empty when it is not there [CAC-07] [CAC-08]', async () => {
    expect((await cache().metadata()).buildpacks).toEqual([]);
    expect(await cache().layer(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
    await keep(cache());
    expect((await layoutSource({ directory: directory() }).resolve()).layers).toHaveLength(1);
  });

  test('has whoever wants it remove the image that was there, once another one is; a refusal is a warning [CAC-09]', async () => {
    const removed: (string | undefined)[] = [];
    const removeSuperseded = async ({ digest }: Image): Promise<void> => {
      // The new one is in its place by now.
      removed.push(digest, (await layoutSource({ directory: directory() }).resolve()).layers[0]?.diffId);
    };
    const [one, two] = [await layerOf('1'), await layerOf('2')];
    await keep(cache({ removeSuperseded }), one);
    const { digest } = await layoutSource({ directory: directory() }).resolve();
    await keep(cache({ removeSuperseded }), one);
    expect(removed).toEqual([]);
    await keep(cache({ removeSuperseded }), two);
    expect(removed).toEqual([digest, two.diffId]);
    const events: Event[] = [];
    const refuse = {
      removeSuperseded: () => Promise.reject(new Error('no')),
      report: (event: Event) => void events.push(event),
    };
    await keep(cache(refuse), one);
    expect(events).toEqual([{ type: 'warning', message: 'The cache image before this one stays where it is: no' }]);
    expect((await layoutSource({ directory: directory() }).resolve()).layers[0]?.diffId).toBe(one.diffId);
  });
});
