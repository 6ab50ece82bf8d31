import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { trimDocuments } from '../../src/store/documents.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { temporaryDir, temporaryStore } from './temporary-store.ts';

const key = { scope: 'example.org/app', target: 'linux/amd64' };

function layerDirectory(content: string): string {
  const dir = join(temporaryDir(), 'layer');
  mkdirSync(join(dir, 'bin'), { recursive: true });
  writeFileSync(join(dir, 'bin/tool'), content);
  chmodSync(join(dir, 'bin/tool'), 0o755);
  symlinkSync('tool', join(dir, 'bin/link'));
  return dir;
}

test('scope() is one build’s alone; the other waits and says for whom', async () => {
  const { store, events } = await temporaryStore();
  const first = await store.scope(key);
  const other = await store.scope({ ...key, target: 'linux/arm64' });
  let entered = false;
  const waiting = store.scope(key).then((scope) => {
    entered = true;
    return scope;
  });
  await delay(40);
  expect(entered).toBe(false);
  expect(events).toContainEqual({
    type: 'info',
    message: `Waiting for process ${process.pid}, which is building example.org/app for linux/amd64`,
  });
  first.release();
  first.release();
  (await waiting).release();
  other.release();
});

test('scope() stops waiting when the build is interrupted', async () => {
  const { store } = await temporaryStore();
  const first = await store.scope(key);
  await expect(store.scope(key, { signal: AbortSignal.timeout(30) })).rejects.toThrow('timeout');
  first.release();
});

test.each(['copy', 'move'] as const)('cachedLayers keep a directory and restore it by %s', async (by) => {
  const { store } = await temporaryStore();
  const scope = await store.scope(key);
  const from = layerDirectory('one');
  const layer = { buildpack: 'acme/go', name: 'cache', metadata: '[metadata]\nkey = "1"\n' };
  await scope.cachedLayers.put({ ...layer, from, by });
  expect(existsSync(from)).toBe(by === 'copy');
  expect(await scope.cachedLayers.list()).toEqual([layer]);
  const to = join(scope.environmentDir, 'layers/acme_go/cache');
  expect(await scope.cachedLayers.restore(layer, to, by)).toBe(true);
  expect(readFileSync(join(to, 'bin/link'), 'utf8')).toBe('one');
  expect(statSync(join(to, 'bin/tool')).mode & 0o777).toBe(0o755);
  expect(await scope.cachedLayers.list()).toEqual(by === 'copy' ? [layer] : []);
  expect(await scope.cachedLayers.restore({ buildpack: 'acme/go', name: 'other' }, `${to}2`, by)).toBe(false);
  scope.release();
});

test('cachedLayers.replaceAll() keeps what is named and forgets the rest', async () => {
  const { store, dir } = await temporaryStore();
  const scope = await store.scope(key);
  const names = ['a', 'b', 'c'].map((name) => ({ buildpack: 'acme/go', name, metadata: 'old' }));
  for (const layer of names) await scope.cachedLayers.put({ ...layer, from: layerDirectory(layer.name) });
  await scope.cachedLayers.replaceAll([
    { buildpack: 'acme/go', name: 'a', metadata: 'new' },
    { buildpack: 'acme/go', name: 'b', metadata: 'new', from: layerDirectory('b2'), by: 'move' },
  ]);
  const left = await scope.cachedLayers.list();
  expect(left.map(({ name, metadata }) => `${name} ${metadata}`).toSorted()).toEqual(['a new', 'b new']);
  for (const [name, content] of Object.entries({ a: 'a', b: 'b2' })) {
    const to = join(scope.environmentDir, name);
    await scope.cachedLayers.restore({ buildpack: 'acme/go', name }, to, 'copy');
    expect(readFileSync(join(to, 'bin/tool'), 'utf8')).toBe(content);
  }
  await scope.cachedLayers.remove({ buildpack: 'acme/go', name: 'a' });
  expect(await scope.cachedLayers.list()).toHaveLength(1);
  scope.release();
  expect(readdirSync(join(dir, 'v1/tmp')).flatMap((name) => readdirSync(join(dir, 'v1/tmp', name)))).toEqual([]);
});

test('a scope never sees what another keeps', async () => {
  const { store } = await temporaryStore();
  const mine = await store.scope(key);
  await mine.cachedLayers.put({ buildpack: 'b', name: 'l', metadata: '', from: layerDirectory('x') });
  await mine.document('previous-image').write('{}');
  await mine.resolutions.set('go', '1.26');
  await mine.builds.record('key', { digest: digestOf('m'), mediaType: mediaTypes.ociManifest, facts: '' });
  for (const other of [
    { ...key, scope: 'example.org/other' },
    { ...key, target: 'linux/arm64' },
  ]) {
    const scope = await store.scope(other);
    expect(await scope.cachedLayers.list()).toEqual([]);
    expect(await scope.document('previous-image').read()).toBeUndefined();
    expect(await scope.resolutions.get('go')).toBeUndefined();
    expect(await scope.builds.lookup('key')).toBeUndefined();
    scope.release();
  }
  mine.release();
});

test('a scope remembers builds, documents and resolutions until it is cleared', async () => {
  const { store, advance } = await temporaryStore();
  const scope = await store.scope(key);
  const build = { digest: digestOf('manifest'), mediaType: mediaTypes.ociManifest, facts: '{"a":1}' };
  await scope.builds.record('key', build);
  await scope.document('previous-image').write('label');
  await scope.resolutions.set('go', 'go1.26.1');
  advance(90_000);
  scope.release();
  const again = await store.scope(key);
  expect(await again.builds.lookup('key')).toEqual(build);
  expect(await again.builds.lookup('other')).toBeUndefined();
  expect((await again.document('previous-image').read())?.toString()).toBe('label');
  expect(await again.resolutions.get('go')).toEqual({ value: 'go1.26.1', at: new Date(Date.UTC(2026, 0, 1)) });
  await again.document('previous-image').remove();
  expect(await again.document('previous-image').read()).toBeUndefined();
  writeFileSync(join(again.environmentDir, 'left'), '');
  await again.clear();
  expect(await again.builds.lookup('key')).toBeUndefined();
  expect(readdirSync(again.environmentDir)).toEqual([]);
  again.release();
});

test('a document that was cut short counts as absent', async () => {
  const { store, dir } = await temporaryStore();
  await store.resolutions.set('tag', 'sha256:1');
  const folder = join(dir, 'v1/resolutions');
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"name":"tag"');
  expect(await store.resolutions.get('tag')).toBeUndefined();
  await store.resolutions.set('tag', 'sha256:2');
  expect((await store.resolutions.get('tag'))?.value).toBe('sha256:2');
});

test('layers.lookup() gives what was remembered as long as the blob is there', async () => {
  const { store, advance } = await temporaryStore();
  const digest = await store.blobs.putBytes(Buffer.from('packed'));
  const record = { diffId: digestOf('tar'), digest, mediaType: mediaTypes.ociLayerGzip, sizeBytes: 6 };
  await store.layers.remember('entries+gzip', record);
  expect(await store.layers.lookup('entries+gzip')).toEqual(record);
  expect(await store.layers.lookup('entries+none')).toBeUndefined();
  advance(1000);
  await store.prune({ unusedForMs: 500 });
  expect(await store.layers.lookup('entries+gzip')).toBeUndefined();
});

test('trimDocuments() forgets what was used longest ago', async () => {
  const dir = temporaryDir();
  for (let nth = 0; nth < 26; nth += 1) {
    const file = join(dir, `${nth}`.padStart(2, '0'));
    writeFileSync(file, '');
    utimesSync(file, 1000 + nth, 1000 + nth);
  }
  utimesSync(join(dir, '00'), 5000, 5000);
  trimDocuments(dir, 21);
  expect(readdirSync(dir)).toHaveLength(26);
  trimDocuments(dir, 2);
  expect(readdirSync(dir).toSorted()).toEqual(['00', '25']);
});
