import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import { rootfsArchive, rootfsArchiveSink } from '../../src/image/rootfs-archive-place.ts';
import { extractLayers, extractTar } from '../../src/layer/extract.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { readTar } from '../../src/layer/read-tar.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { contentEntry, directoryEntry, symlinkEntry } from '../../src/layer/tar-entry.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { exampleImage, layerOf } from './example-image.ts';
import { temporaryFolder } from './test-places.ts';

const root = { uid: 0, gid: 0 };
const report = (): void => undefined;

function hardLink(path: string, linkTarget: string): TarEntry {
  return { path, type: 'hardlink', mode: 0o644, uid: 0, gid: 0, sizeBytes: 0, linkTarget };
}

async function listing(layers: readonly (readonly TarEntry[])[]): Promise<readonly string[]> {
  const bytes = Readable.from(rootfsArchive({ layers: layers.map((entries) => layerOf(entries)) }, { report }));
  const lines: string[] = [];
  for await (const entry of readTar(bytes)) {
    let content = '';
    for await (const chunk of entry.content) content += chunk.toString();
    const link = entry.linkTarget === undefined ? '' : ` -> ${String(entry.linkTarget)}`;
    lines.push(`${entry.type} ${String(entry.path)}${link}${content === '' ? '' : ` "${content}"`}`);
  }
  return lines;
}

describe('rootfsArchive()', () => {
  test('lays layers over each other: replaced, deleted and hidden things are gone', async () => {
    expect(
      await listing([
        [
          directoryEntry('etc', root),
          contentEntry('etc/a', 'old', root),
          contentEntry('etc/b', 'deleted', root),
          contentEntry('opt/x/hidden', 'hidden', root),
          contentEntry('opt/x/deep/hidden', 'hidden', root),
        ],
        [
          contentEntry('etc/a', 'new', root),
          contentEntry('etc/.wh.b', '', root),
          contentEntry('opt/x/own', 'own', root),
          contentEntry('opt/x/.wh..wh..opq', '', root),
        ],
      ]),
    ).toEqual(['directory etc/', 'directory opt/', 'directory opt/x/', 'file etc/a "new"', 'file opt/x/own "own"']);
  });

  test('keeps hard links, also to what was replaced under its first name', async () => {
    expect(
      await listing([
        [contentEntry('a', 'one', root), hardLink('b', 'a'), hardLink('c', 'a')],
        [contentEntry('a', 'two', root)],
        [hardLink('d', 'b')],
      ]),
    ).toEqual(['file b "one"', 'hardlink c -> b', 'hardlink d -> b', 'file a "two"']);
  });

  test('follows a link to a directory of a lower layer, within the root', async () => {
    expect(
      await listing([
        [
          directoryEntry('usr/lib', root),
          symlinkEntry('lib', 'usr/lib', root),
          symlinkEntry('up', '../../../usr', root),
        ],
        [contentEntry('lib/x', 'x', root), contentEntry('up/y', 'y', root)],
      ]),
    ).toEqual([
      'directory usr/',
      'directory usr/lib/',
      'symlink lib -> usr/lib',
      'symlink up -> ../../../usr',
      'file usr/lib/x "x"',
      'file usr/y "y"',
    ]);
  });

  test('keeps devices, special modes, owners, times, and names that are no UTF-8', async () => {
    const name = Buffer.from([0x66, 0xfc]);
    const entries: readonly TarEntry[] = [
      {
        path: 'null',
        type: 'character-device',
        mode: 0o666,
        uid: 0,
        gid: 0,
        sizeBytes: 0,
        deviceMajor: 1,
        deviceMinor: 3,
      },
      { ...contentEntry('su', 'x', { uid: 4, gid: 3_000_000 }), mode: 0o4755, mtimeSeconds: 12_345 },
      { ...contentEntry('', 'latin', root), path: name },
    ];
    const read: unknown[] = [];
    for await (const entry of readTar(Readable.from(rootfsArchive({ layers: [layerOf(entries)] }, { report })))) {
      const { content, ...facts } = entry;
      expect(content).toBeDefined();
      read.push(facts);
    }
    expect(read).toMatchObject([
      { path: 'null', type: 'character-device', deviceMajor: 1, deviceMinor: 3 },
      { path: 'su', mode: 0o4755, uid: 4, gid: 3_000_000, mtimeSeconds: 12_345 },
      { path: name },
    ]);
  });

  test.each([
    { why: 'leads out of the root', entries: [contentEntry('a/../../b', 'x', root)] },
    { why: 'links to what is not there', entries: [hardLink('a', 'b')] },
    { why: 'lies in a file', entries: [contentEntry('a', 'x', root), contentEntry('a/b', 'x', root)] },
    { why: 'lies behind a link to itself', entries: [symlinkEntry('a', 'a', root), contentEntry('a/b', 'x', root)] },
  ])('refuses an entry that $why', async ({ entries }) => {
    await expect(listing([entries])).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  test('makes the same tree as unpacking layer by layer', async () => {
    let compared = 0;
    const same = fc.asyncProperty(fc.array(layerArbitrary, { minLength: 1, maxLength: 3 }), async (layers) => {
      const trees = await Promise.all([unpackedLayers(layers), unpackedArchive(layers)]);
      if (trees[0] === undefined || trees[1] === undefined) return;
      compared += 1;
      expect(trees[1]).toEqual(trees[0]);
    });
    await fc.assert(same, { numRuns: 60 });
    expect(compared).toBeGreaterThan(15);
  });
});

test('rootfsArchiveSink() writes the same bytes each time', async () => {
  const folder = await temporaryFolder();
  const image = exampleImage();
  const digests = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const file = join(folder, name);
      const written = await rootfsArchiveSink({ file }).write(image, { report });
      expect(written.digest).toBe(image.digest);
      return createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    }),
  );
  expect(digests[0]).toBe(digests[1]);
});

test('rootfsArchive() says what it leaves out', async () => {
  const events: Event[] = [];
  const bytes = Readable.from(
    rootfsArchive({ layers: [layerWithCapability()] }, { report: (event) => events.push(event) }),
  );
  bytes.resume();
  await new Promise((resolve) => bytes.once('end', resolve));
  expect(events).toEqual([{ type: 'warning', message: expect.stringContaining('extended attributes of 1 files') }]);
});

/** A file behind a PAX record with an attribute: our own writer makes none. */
function layerWithCapability(): Layer {
  const record = 'SCHILY.xattr.user.a=b\n';
  const line = `${record.length + 3} ${record}`;
  const layer = layerOf(
    [contentEntry('PaxHeaders.0/f', line, root), contentEntry('f', 'x', root)],
    'application/vnd.oci.image.layer.v1.tar',
  );
  return {
    ...layer,
    async open() {
      const bytes = Buffer.concat(await (await layer.open()).toArray());
      bytes[156] = 'x'.charCodeAt(0);
      let sum = 8 * 32;
      for (let at = 0; at < 512; at += 1) sum += at >= 148 && at < 156 ? 0 : bytes[at]!;
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return Readable.from([bytes], { objectMode: false });
    },
  };
}

const names = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

const entryArbitrary: fc.Arbitrary<TarEntry> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(names, fc.constantFrom('1', '22', '')).map(([path, text]) => contentEntry(path, text, root)),
  },
  { weight: 3, arbitrary: names.map((path) => directoryEntry(path, root)) },
  { weight: 1, arbitrary: fc.tuple(names, names).map(([path, target]) => symlinkEntry(path, `/${target}`, root)) },
  {
    weight: 1,
    // A link in place of the directory that holds what it links to: unpacking takes that away first.
    arbitrary: fc
      .tuple(names, names)
      .filter(([path, target]) => !target.startsWith(`${path}/`))
      .map(([path, target]) => hardLink(path, target)),
  },
);

/** Deletion marks first, as every tool writes them, behind the directories they are in, and never for a name that the layer has itself. */
const layerArbitrary: fc.Arbitrary<readonly TarEntry[]> = fc
  .tuple(fc.array(names, { maxLength: 2 }), fc.array(entryArbitrary, { maxLength: 6 }))
  .map(([deleted, entries]) => {
    const parents = new Set(deleted.flatMap((path) => prefixes(path).slice(0, -1)));
    const own = new Set([...parents, ...entries.flatMap(({ path }) => prefixes(String(path)))]);
    const marks = deleted
      .filter((path) => !own.has(path))
      .map((path) => contentEntry(path.replace(/([^/]+)$/, '.wh.$1'), '', root));
    return [...[...parents].toSorted().map((path) => directoryEntry(path, root)), ...marks, ...entries];
  });

function prefixes(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function unpackedLayers(layers: readonly (readonly TarEntry[])[]): Promise<readonly string[] | undefined> {
  return unpacked((folder) =>
    extractLayers(
      layers.map((entries) => layerOf(entries)),
      folder,
    ),
  );
}

async function unpackedArchive(layers: readonly (readonly TarEntry[])[]): Promise<readonly string[] | undefined> {
  const image = { layers: layers.map((entries) => layerOf(entries)) };
  return unpacked((folder) => extractTar(Readable.from(rootfsArchive(image, { report })), folder));
}

/** What a folder holds after unpacking; undefined when the input was refused. */
async function unpacked(unpack: (folder: string) => Promise<void>): Promise<readonly string[] | undefined> {
  const folder = temporaryDirectory('tsb-rootfs');
  try {
    mkdirSync(join(folder, 'r'));
    await unpack(join(folder, 'r'));
    return contentsOf(join(folder, 'r'), '', new Map());
  } catch (error) {
    if (error instanceof TsbuildpackError && error.code === 'ARCHIVE_INVALID') return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function contentsOf(top: string, path: string, inodes: Map<number, string>): readonly string[] {
  return readdirSync(join(top, path))
    .toSorted()
    .flatMap((name) => {
      const own = join(path, name);
      const stats = lstatSync(join(top, own));
      if (stats.isDirectory()) return [`${own}/`, ...contentsOf(top, own, inodes)];
      const first = inodes.get(stats.ino) ?? own;
      inodes.set(stats.ino, first);
      const content = stats.isSymbolicLink()
        ? `-> ${readlinkSync(join(top, own))}`
        : readFileSync(join(top, own), 'utf8');
      return [`${own} = ${first} ${content}`];
    });
}
