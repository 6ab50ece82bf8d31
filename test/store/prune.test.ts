import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { openStore } from '../../src/store/open-store.ts';
import { storeUserProgram } from './child-program.ts';
import { imageOf, memoryLayer } from './image-fixture.ts';
import { temporaryDir, temporaryStore } from './temporary-store.ts';

const day = 24 * 3_600_000;

test('prune() removes everything but named images and their blobs', async () => {
  const { store, advance } = await temporaryStore();
  const image = imageOf([memoryLayer('layer')]);
  await store.images.put('app', image);
  await store.blobs.putBytes(Buffer.from('loose'));
  await store.resolutions.set('tag', 'value');
  await store.toolchains.ensure('go', async (dir) => writeFileSync(join(dir, 'go'), 'x'));
  (await store.scope({ scope: 's', target: 't' })).release();
  advance(1000);
  const result = await store.prune();
  expect(result.removed.map(({ kind }) => kind).toSorted()).toEqual(['blob', 'document', 'scope', 'toolchain']);
  expect(result.inUse).toBe(0);
  expect((await store.images.get('app'))?.digest).toBe(image.digest);
  const info = await store.info();
  expect(info.sizeBytes).toBe(result.keptBytes);
  expect(info.kinds.filter(({ sizeBytes }) => sizeBytes > 0).map(({ kind }) => kind)).toEqual(['images']);
  advance(1000);
  expect((await store.prune({ images: true })).keptBytes).toBe(0);
  expect(await store.images.list()).toEqual([]);
});

test('prune() with unusedForMs keeps what was used since', async () => {
  const { store, advance } = await temporaryStore();
  const [a, b, c] = await Promise.all(
    ['a', 'b', 'c'].map(async (text) => await store.blobs.putBytes(Buffer.from(text))),
  );
  await store.images.put('old', imageOf([memoryLayer('a')]));
  advance(10 * day);
  await store.blobs.has(b!);
  advance(5 * day);
  await store.prune({ unusedForMs: 7 * day });
  expect(await Promise.all([a!, b!, c!].map(async (digest) => await store.blobs.has(digest)))).toEqual([
    true,
    true,
    false,
  ]);
  await store.prune({ unusedForMs: 7 * day, images: true });
  expect(await store.images.list()).toEqual([]);
});

test('prune() with maxSizeBytes removes the least recently used first and never an image without its blobs', async () => {
  const { store, advance } = await temporaryStore();
  for (const name of ['one', 'two', 'three']) {
    await store.images.put(name, imageOf([memoryLayer('shared'.repeat(100)), memoryLayer(name.repeat(1000))]));
    await store.blobs.putBytes(Buffer.from(`loose ${name}`.repeat(100)));
    advance(day);
  }
  await store.images.get('one');
  advance(day);
  const before = (await store.info()).sizeBytes;
  const first = await store.prune({ maxSizeBytes: before - 1 });
  expect(first.removed).toMatchObject([{ kind: 'blob', name: digestOf('loose one'.repeat(100)) }]);
  await store.prune({ maxSizeBytes: 0 });
  expect((await store.images.list()).map(({ name }) => name)).toEqual(['one', 'three', 'two']);
  const { keptBytes } = await store.prune({ maxSizeBytes: (await store.info()).sizeBytes - 1, images: true });
  expect(keptBytes).toBeLessThan(before);
  expect((await store.images.list()).map(({ name }) => name)).toEqual(['one', 'three']);
  for (const { name } of await store.images.list()) expect(await store.images.get(name)).toBeDefined();
});

test('prune() passes over what a running build has used and over its scope', async () => {
  const dir = temporaryDir();
  let time = Date.UTC(2026, 0, 1);
  const now = (): Date => new Date(time);
  const report = (): void => undefined;
  const build = await openStore(dir, { report, now });
  const used = await build.blobs.putBytes(Buffer.from('used'));
  const scope = await build.scope({ scope: 'app', target: 'linux/amd64' });
  const tool = await build.toolchains.ensure('go', async () => undefined);
  time += 30 * day;
  const pruner = await openStore(dir, { report, now });
  time += 1000;
  expect(await pruner.prune()).toMatchObject({ removed: [], inUse: 3 });
  expect(existsSync(tool)).toBe(true);
  scope.release();
  build.close();
  expect((await pruner.prune()).removed).toHaveLength(3);
  expect(await pruner.blobs.has(used)).toBe(false);
  pruner.close();
});

test('a killed process leaves a usable store; what it was writing is removed by the next one', async () => {
  const dir = temporaryDir();
  const child = spawn(process.execPath, [await storeUserProgram(), 'write-for-ever', dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const half = (): string[] => readdirSync(join(dir, 'v1/tmp'), { recursive: true, encoding: 'utf8' });
  expect(half()).toHaveLength(2);
  const before = await openStore(dir, { report: () => undefined });
  expect(half()).toHaveLength(2);
  before.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { store } = await temporaryStore(dir);
  expect(half()).toEqual([]);
  expect(readdirSync(join(dir, 'v1/blobs/sha256'))).toEqual([]);
  const scope = await store.scope({ scope: 'app', target: 'linux/amd64' });
  scope.release();
  expect(await store.verify()).toMatchObject({ corrupt: [] });
});

test('builds and prunes in several processes at once: no build misses what it made or found', async () => {
  const dir = temporaryDir();
  const program = await storeUserProgram();
  const done = join(temporaryDir(), 'done');
  const start = (...args: string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pruner = start('prune', dir, done);
  let pruned = '';
  pruner.stdout?.on('data', (chunk: Buffer) => (pruned += chunk.toString()));
  // Builds that are done before it has started would prove nothing.
  if (pruner.stdout) await once(pruner.stdout, 'data');
  const builds = ['a', 'b', 'c'].map((seed) => start('build', dir, seed));
  const statuses = await Promise.all(builds.map(async (child) => (await once(child, 'exit'))[0] as unknown));
  writeFileSync(done, '');
  // Its output may come after its end.
  const [status] = (await once(pruner, 'close')) as [unknown];
  expect([...statuses, status]).toEqual([0, 0, 0, 0]);
  expect(Number(pruned.trim().split('\n').at(-1))).toBeGreaterThan(10);
  const { store } = await temporaryStore(dir);
  expect((await store.images.list()).map(({ name }) => name)).toEqual(['app-a', 'app-b', 'app-c']);
  for (const { name } of await store.images.list()) expect(await store.images.get(name)).toBeDefined();
  expect(await store.verify()).toMatchObject({ corrupt: [] });
});
