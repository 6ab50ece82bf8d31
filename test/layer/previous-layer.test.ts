import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildLayerWorker } from '../../scripts/build/layer-worker.ts';
import { directorySink } from '../../scripts/bench/directory-sink.ts';
import { createLayer, type CreatedLayer } from '../../src/layer/create-layer.ts';
import { hasHash, sharedHashes } from '../../src/layer/hash-set.ts';
import { contentEntry, type TarEntry } from '../../src/layer/tar-entry.ts';
import { tarBytes } from '../../src/layer/tar-writer.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

beforeAll(buildLayerWorker);

const owner = { uid: 1, gid: 2 };
const compressions = ['gzip', 'none'] as const;

interface Pack {
  readonly compression: 'gzip' | 'none';
  readonly previous?: CreatedLayer;
  readonly jobs?: number;
}

async function pack(entries: readonly TarEntry[], options: Pack): Promise<{ layer: CreatedLayer; dir: string }> {
  const sink = directorySink(temporaryDirectory('layer'));
  const report = (): void => undefined;
  return { layer: await createLayer(entries, { sink, name: 'x', report, jobs: 0, ...options }), dir: sink.dir };
}

/** A file of this many KiB whose content follows from its seed. */
function file(name: string, kib: number, seed: number): TarEntry {
  return contentEntry(
    `/${name}`,
    Buffer.from(`${seed} ${name}\n`.repeat(200)).subarray(0, 1024).toString('latin1').repeat(kib),
    owner,
  );
}

const entries = Array.from({ length: 40 }, (_, index) => file(`file-${100 + index}`, 200, index));

describe.each(compressions)('createLayer() with a previous %s layer', (compression) => {
  test('writes nothing when all is the same', async () => {
    const { layer: previous } = await pack(entries, { compression });
    const { layer, dir } = await pack(entries, { compression, previous });
    expect(layer).toMatchObject({ digest: previous.digest, diffId: previous.diffId, file: previous.file });
    expect(readdirSync(dir)).toEqual([]);
  });

  const edits: Readonly<Record<string, readonly TarEntry[]>> = {
    'one file changed': entries.with(20, file('file-120', 200, 999)),
    'the first file changed': entries.with(0, file('file-100', 200, 999)),
    'a file that grew': entries.with(20, file('file-120', 900, 20)),
    'a file less in the middle': entries.toSpliced(20, 1),
    'the last files gone': entries.slice(0, 10),
    'more files at the end': [...entries, file('more', 3000, 1)],
    'nothing of it left': [file('other', 10, 5)],
    'all in another order': entries.toReversed(),
  };

  test.each(Object.keys(edits))('gives the bytes that it gives without one: %s', async (name) => {
    const now = edits[name] ?? [];
    const { layer: previous } = await pack(entries, { compression });
    const { layer } = await pack(now, { compression, previous });
    const { layer: anew } = await pack(now, { compression });
    expect(layer).toMatchObject({ digest: anew.digest, diffId: anew.diffId, sizeBytes: anew.sizeBytes });
    expect(layer.blocks).toEqual(anew.blocks);
    const bytes = readFileSync(layer.file);
    const tar = compression === 'gzip' ? gunzipSync(bytes) : bytes;
    expect(tar.equals(Buffer.concat([...tarBytes(now)]))).toBe(true);
  });
});

test('createLayer() with a previous layer gives the same in worker threads', async () => {
  const compression = 'gzip';
  const { layer: previous } = await pack(entries, { compression });
  const now = entries.with(3, file('file-103', 250, 7));
  const { layer } = await pack(now, { compression, previous, jobs: 2 });
  expect(layer.digest).toBe((await pack(now, { compression })).layer.digest);
});

test('createLayer() compresses only what the previous layer does not have', async () => {
  const compression = 'gzip';
  const { layer: previous } = await pack(entries, { compression });
  const { layer } = await pack(entries.with(20, file('file-120', 200, 999)), { compression, previous });
  const known = new Set(previous.blocks.map(({ hash }) => hash));
  expect(layer.blocks.filter(({ hash }) => !known.has(hash))).toHaveLength(1);
});

test('createLayer() fails when the file of the previous layer is cut off, and leaves nothing', async () => {
  const compression = 'gzip';
  const { layer: previous } = await pack(entries, { compression });
  truncateSync(previous.file, 100);
  const sink = directorySink(temporaryDirectory('layer'));
  const making = createLayer(entries.slice(0, -1), { sink, name: 'x', report: () => undefined, jobs: 0, previous });
  await expect(making).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  expect(readdirSync(sink.dir)).toEqual([]);
});

test('hasHash() finds what sharedHashes() was given, and nothing else', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  fc.assert(
    fc.property(fc.array(hash), hash, (given, other) => {
      const shared = sharedHashes(given);
      for (const one of given) expect(hasHash(shared, Buffer.from(one, 'hex'))).toBe(true);
      expect(hasHash(shared, Buffer.from(other, 'hex'))).toBe(given.includes(other));
    }),
  );
});
