import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import type { Event } from '../../src/events.ts';
import { createLayer, type CreateLayerOptions } from '../../src/layer/create-layer.ts';
import { directoryEntries } from '../../src/layer/directory-entries.ts';
import { contentEntry, directoryEntry, parentEntries, symlinkEntry, type TarEntry } from '../../src/layer/tar-entry.ts';
import { tarBytes } from '../../src/layer/tar-writer.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { directorySink } from '../../scripts/bench/directory-sink.ts';
import { buildLayerWorker } from '../../scripts/build/layer-worker.ts';

beforeAll(buildLayerWorker);

const owner = { uid: 1001, gid: 1000 };
const ignore = (): void => undefined;

function options(more: Partial<CreateLayerOptions> = {}): CreateLayerOptions & { sink: { dir: string } } {
  return { name: 'test', report: ignore, ...more, sink: directorySink(temporaryDirectory('blobs')) };
}

function tarOf(entries: Iterable<TarEntry>): Buffer {
  return Buffer.concat([...tarBytes(entries)]);
}

/** Text that compresses, random bytes that do not, many small files, one above a block: some 9 MB. */
function bigTree(): string {
  const dir = temporaryDirectory('tree');
  mkdirSync(join(dir, 'small'));
  for (let i = 0; i < 1000; i += 1) writeFileSync(join(dir, 'small', `f${i}`), `content ${i}\n`.repeat(i % 60));
  writeFileSync(join(dir, 'text'), 'the quick brown fox\n'.repeat(250_000));
  writeFileSync(join(dir, 'random'), randomBytes(2_500_001));
  writeFileSync(join(dir, 'empty'), '');
  return dir;
}

describe('createLayer()', () => {
  test('gives digest, diff id, size and file of what it wrote, and opens it', async () => {
    const entries = [
      ...parentEntries('/layers/x/y', owner),
      directoryEntry('/layers/x/y', owner),
      contentEntry('/layers/x/y/hello', 'hello\n', owner),
      symlinkEntry('/layers/x/y/link', 'hello', owner),
    ];
    const layer = await createLayer(entries, options());
    const blob = readFileSync(layer.file);
    expect(layer.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip');
    expect(layer.digest).toBe(digestOf(blob));
    expect(layer.sizeBytes).toBe(blob.length);
    expect(layer.diffId).toBe(digestOf(gunzipSync(blob)));
    expect(gunzipSync(blob)).toEqual(tarOf(entries));
    expect(await buffer(await layer.open())).toEqual(blob);
  });

  test.each([
    { format: 'oci', compression: 'none', mediaType: 'application/vnd.oci.image.layer.v1.tar' },
    { format: 'docker', compression: 'none', mediaType: 'application/vnd.docker.image.rootfs.diff.tar' },
    { format: 'docker', compression: 'gzip', mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' },
  ] as const)('names $format layers with compression $compression', async ({ format, compression, mediaType }) => {
    const layer = await createLayer([directoryEntry('/a', owner)], options({ format, compression }));
    expect(layer.mediaType).toBe(mediaType);
    expect(layer.digest === layer.diffId).toBe(compression === 'none');
  });

  test('makes the same bytes with any number of threads', async () => {
    const dir = bigTree();
    const layers = [];
    for (const jobs of [0, 1, 3]) {
      for (const compression of ['gzip', 'none'] as const) {
        const entries = directoryEntries(dir, '/workspace', { ...owner, report: ignore });
        layers.push(await createLayer(entries, options({ jobs, compression })));
      }
    }
    expect(new Set(layers.map(({ diffId }) => diffId)).size).toBe(1);
    expect(new Set(layers.map(({ digest }) => digest)).size).toBe(2);
    const tar = tarOf(directoryEntries(dir, '/workspace', { ...owner, report: ignore }));
    expect(layers[0]!.diffId).toBe(digestOf(tar));
    expect(gunzipSync(readFileSync(layers[4]!.file)).equals(tar)).toBe(true);
    expect(readFileSync(layers[5]!.file).equals(tar)).toBe(true);
  });

  // @cnb TAR-11
  test('writes gzip members that name no time, file or system', async () => {
    const layer = await createLayer([directoryEntry('/a', owner)], options());
    expect(readFileSync(layer.file).subarray(0, 10).toString('hex')).toBe('1f8b08000000000004ff');
  });

  test('packs sparse files as plain content', async () => {
    const dir = temporaryDirectory('sparse');
    writeFileSync(join(dir, 'sparse'), 'x');
    truncateSync(join(dir, 'sparse'), 3_000_000);
    const entries = [...directoryEntries(join(dir, 'sparse'), '/sparse', { ...owner, report: ignore })];
    const layer = await createLayer(entries, options({ compression: 'none' }));
    const content = readFileSync(layer.file).subarray(512, 512 + 3_000_000);
    const expected = Buffer.alloc(3_000_000);
    expected[0] = 0x78;
    expect(content.equals(expected)).toBe(true);
  });

  test.each([0, 2])(
    'fails with SOURCE_CHANGED and leaves nothing when a file grows after listing (%i threads)',
    async (jobs) => {
      const dir = bigTree();
      const entries = [...directoryEntries(dir, '/workspace', { ...owner, report: ignore })];
      appendFileSync(join(dir, 'small/f999'), 'more');
      const { sink, ...rest } = options({ jobs });
      await expect(createLayer(entries, { sink, ...rest })).rejects.toMatchObject({
        code: 'SOURCE_CHANGED',
        message: expect.stringContaining('small/f999'),
        hint: expect.stringContaining('try again'),
      });
      expect(readdirSync((sink as { dir: string }).dir)).toEqual([]);
    },
  );

  test('stops when aborted, with the reason, and leaves nothing', async () => {
    const dir = bigTree();
    const controller = new AbortController();
    const { sink, ...rest } = options({ signal: controller.signal });
    const layer = createLayer(directoryEntries(dir, '/w', { ...owner, report: ignore }), { sink, ...rest });
    setTimeout(() => controller.abort(new Error('enough')), 30);
    await expect(layer).rejects.toThrow('enough');
    expect(readdirSync((sink as { dir: string }).dir)).toEqual([]);
  });

  test('reports progress of long work and its end once', async () => {
    const events: Event[] = [];
    const dir = bigTree();
    writeFileSync(join(dir, 'more'), randomBytes(20_000_000));
    const entries = directoryEntries(dir, '/w', { ...owner, report: ignore });
    await createLayer(entries, options({ jobs: 1, report: (event) => events.push(event) }));
    expect(events.length).toBeGreaterThan(1);
    expect(events.map((event) => event.type === 'progress' && event.done).lastIndexOf(true)).toBe(events.length - 1);
    expect(events.filter((event) => event.type === 'progress' && event.done)).toHaveLength(1);
  });

  test('notices a blob that was damaged later when it is read', async () => {
    const layer = await createLayer([contentEntry('/a', 'hello', owner)], options());
    const bytes = readFileSync(layer.file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(layer.file, bytes);
    await expect(buffer(await layer.open())).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  });

  test('refuses an entry whose size is not that of its content', async () => {
    const entry = { ...contentEntry('/a', 'hello', owner), sizeBytes: 6 };
    await expect(createLayer([entry], options())).rejects.toThrow('it has 5 bytes, its entry says 6');
  });
});

test('tarBytes() ends with two blocks of zeros and no padding to a record', () => {
  const tar = tarOf([contentEntry('/a', 'hello', owner)]);
  expect(tar.length).toBe(4 * 512);
  expect(createHash('sha256').update(tar.subarray(1024)).digest('hex')).toBe(
    createHash('sha256').update(Buffer.alloc(1024)).digest('hex'),
  );
});
