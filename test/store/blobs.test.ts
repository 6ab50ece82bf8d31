import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import type { Digest } from '../../src/oci/digest.ts';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { temporaryStore } from './temporary-store.ts';

const bytes = Buffer.from('the bytes of a blob '.repeat(50_000));
const digest = digestOf(bytes);

function blobFile(dir: string, of: Digest = digest): string {
  return join(dir, 'v1/blobs/sha256', hexOf(of));
}

/** What a bad disk does: other bytes, everything else the same. */
function damage(file: string): void {
  const before = statSync(file);
  chmodSync(file, 0o644);
  const content = readFileSync(file);
  content[10] = 0;
  writeFileSync(file, content);
  utimesSync(file, before.atime, before.mtime);
  chmodSync(file, 0o444);
}

function temporaryFiles(dir: string): string[] {
  return readdirSync(join(dir, 'v1/tmp'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

const writers = [
  {
    name: 'commit()',
    write: async ({ blobs }: Awaited<ReturnType<typeof temporaryStore>>['store']): Promise<void> => {
      const { path } = await blobs.create();
      writeFileSync(path, bytes);
      await blobs.commit(path, digest, bytes.length);
    },
  },
  {
    name: 'put()',
    write: async ({ blobs }: Awaited<ReturnType<typeof temporaryStore>>['store']): Promise<void> =>
      await blobs.put(digest, () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)])),
  },
  {
    name: 'putBytes()',
    write: async ({ blobs }: Awaited<ReturnType<typeof temporaryStore>>['store']): Promise<void> => {
      expect(await blobs.putBytes(bytes)).toBe(digest);
    },
  },
];

test.each(writers)('$name makes a read-only file; twice is the same as once', async ({ write }) => {
  const { store, dir } = await temporaryStore();
  expect(await store.blobs.has(digest)).toBe(false);
  await write(store);
  const first = statSync(blobFile(dir));
  expect(first.mode & 0o777).toBe(0o444);
  await write(store);
  expect(statSync(blobFile(dir)).ino).toBe(first.ino);
  expect(await store.blobs.has(digest)).toBe(true);
  expect(await store.blobs.size(digest)).toBe(bytes.length);
  expect(digestOf((await store.blobs.read(digest)) ?? '')).toBe(digest);
  expect(await store.blobs.file(digest)).toBe(blobFile(dir));
  expect(temporaryFiles(dir)).toEqual([]);
});

test.each(writers)('$name replaces a blob that was cut short', async ({ write }) => {
  const { store, dir } = await temporaryStore();
  await write(store);
  chmodSync(blobFile(dir), 0o644);
  writeFileSync(blobFile(dir), bytes.subarray(0, 100));
  expect(await store.blobs.file(digest)).toBeUndefined();
  await write(store);
  expect(digestOf((await store.blobs.read(digest)) ?? '')).toBe(digest);
});

test('put() refuses other bytes and leaves nothing behind', async () => {
  const { store, dir } = await temporaryStore();
  await expect(store.blobs.put(digest, () => Readable.from([Buffer.from('other')]))).rejects.toMatchObject({
    code: 'BLOB_CORRUPT',
    message: expect.stringContaining(`Cannot store blob ${digest}: the bytes that came (5)`),
  });
  expect(await store.blobs.has(digest)).toBe(false);
  expect(temporaryFiles(dir)).toEqual([]);
});

test('put() passes on the error of its source and leaves nothing behind', async () => {
  const { store, dir } = await temporaryStore();
  const broken = new Readable({
    read(): void {
      this.push(bytes);
      this.destroy(new Error('connection reset'));
    },
  });
  await expect(store.blobs.put(digest, () => broken)).rejects.toThrow('connection reset');
  expect(temporaryFiles(dir)).toEqual([]);
});

test('commit() puts what was just written in the place of a damaged blob', async () => {
  const { store, dir } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  damage(blobFile(dir));
  utimesSync(blobFile(dir), 1, 1);
  const { path } = await store.blobs.create();
  writeFileSync(path, bytes);
  await store.blobs.commit(path, digest, bytes.length);
  expect(digestOf((await store.blobs.read(digest)) ?? '')).toBe(digest);
});

test('commit() refuses a file of another size', async () => {
  const { store } = await temporaryStore();
  const { path } = await store.blobs.create();
  writeFileSync(path, bytes.subarray(1));
  await expect(store.blobs.commit(path, digest, bytes.length)).rejects.toThrow('bytes, not');
  await store.blobs.discard(path);
  await store.blobs.discard(path);
  expect(await store.blobs.has(digest)).toBe(false);
});

test('open() fails at the end of a corrupt blob, which is then gone', async () => {
  const { store, dir, events } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  damage(blobFile(dir));
  const stream = await store.blobs.open(digest);
  await expect(finished(stream.resume())).rejects.toMatchObject({
    code: 'BLOB_CORRUPT',
    message: expect.stringContaining(digest),
    hint: expect.stringContaining('Build again'),
  });
  expect(await store.blobs.has(digest)).toBe(false);
  expect(events).toContainEqual(expect.objectContaining({ type: 'warning' }));
  await store.blobs.putBytes(bytes);
  expect(digestOf((await store.blobs.read(digest)) ?? '')).toBe(digest);
});

test('open() does not remove a good blob that took the place of the corrupt one', async () => {
  const { store, dir } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  damage(blobFile(dir));
  const stream = await store.blobs.open(digest);
  await new Promise((resolve) => stream.once('readable', resolve));
  const good = join(dir, 'good');
  writeFileSync(good, bytes);
  renameSync(good, blobFile(dir));
  await expect(finished(stream.resume())).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  expect(digestOf((await store.blobs.read(digest)) ?? '')).toBe(digest);
});

test('open() and read() know a blob that is not there', async () => {
  const { store } = await temporaryStore();
  await expect(store.blobs.open(digest)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  expect(await store.blobs.read(digest)).toBeUndefined();
  expect(await store.blobs.file(digest)).toBeUndefined();
  expect(await store.blobs.size(digest)).toBeUndefined();
});

test('read() counts a corrupt blob as absent', async () => {
  const { store, dir } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  damage(blobFile(dir));
  expect(await store.blobs.read(digest)).toBeUndefined();
  expect(await store.blobs.has(digest)).toBe(false);
});

test('file() hashes again what a CI cache restored: same bytes pass, others are removed', async () => {
  const { store, dir } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  const layer = store.blobs.layer({ mediaType: mediaTypes.ociLayer, digest, diffId: digest, sizeBytes: bytes.length });
  expect(layer.file).toBe(blobFile(dir));

  const restored = join(dir, 'restored');
  copyFileSync(blobFile(dir), restored);
  renameSync(restored, blobFile(dir));
  expect(layer.file).toBeUndefined();
  expect(await store.blobs.file(digest)).toBe(blobFile(dir));
  expect(layer.file).toBe(blobFile(dir));

  copyFileSync(blobFile(dir), restored);
  chmodSync(restored, 0o644);
  appendFileSync(restored, 'x');
  renameSync(restored, blobFile(dir));
  expect(layer.file).toBeUndefined();
  expect(await store.blobs.file(digest)).toBeUndefined();
  expect(await store.blobs.has(digest)).toBe(false);
});

test('file() stays valid when somebody hard-links the blob', async () => {
  const { store, dir } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  linkSync(blobFile(dir), join(dir, 'link'));
  const layer = store.blobs.layer({ mediaType: mediaTypes.ociLayer, digest, diffId: digest, sizeBytes: bytes.length });
  expect(layer.file).toBe(blobFile(dir));
});

test('verify() reads all blobs and removes the corrupt ones', async () => {
  const { store, dir } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  const other = await store.blobs.putBytes(Buffer.from('other'));
  damage(blobFile(dir));
  expect(await store.verify()).toEqual({ checked: 1, checkedBytes: 5, corrupt: [digest] });
  expect(await store.blobs.has(other)).toBe(true);
  expect(await store.verify()).toEqual({ checked: 1, checkedBytes: 5, corrupt: [] });
});

test('layer() reads verified bytes', async () => {
  const { store, dir } = await temporaryStore();
  await store.blobs.putBytes(bytes);
  const layer = store.blobs.layer({ mediaType: mediaTypes.ociLayer, digest, diffId: digest, sizeBytes: bytes.length });
  expect(digestOf(Buffer.concat(await (await layer.open()).toArray()))).toBe(digest);
  damage(blobFile(dir));
  await expect((await layer.open()).toArray()).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
});
