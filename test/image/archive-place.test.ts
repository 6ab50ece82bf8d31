import { createReadStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events.ts';
import { archiveFileSource, archiveSink } from '../../src/image/archive-place.ts';
import type { Image } from '../../src/image/image.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import { readTar } from '../../src/layer/read-tar.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { contentEntry, directoryEntry, symlinkEntry } from '../../src/layer/tar-entry.ts';
import { tarBytes } from '../../src/layer/tar-writer.ts';
import { hexOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { exampleImage, fileLayer } from './example-image.ts';
import { openFolderBlobStore } from './folder-blob-store.ts';
import { temporaryFolder } from './test-places.ts';

const root = { uid: 0, gid: 0 };
const context = { report: (): void => undefined };

async function archiveOf(entries: readonly TarEntry[], compress = false): Promise<string> {
  const file = join(await temporaryFolder(), 'image.tar');
  const bytes = Buffer.concat([...tarBytes(entries)].map((chunk) => Buffer.from(chunk)));
  await writeFile(file, compress ? gzipSync(bytes) : bytes);
  return file;
}

async function read(file: string, tag?: string): Promise<Image> {
  return archiveFileSource({
    file,
    blobs: await openFolderBlobStore(),
    ...(tag === undefined ? {} : { tag }),
  }).resolve();
}

const plainImage = exampleImage({
  layers: [fileLayer('app/a', 'a', mediaTypes.ociLayer), fileLayer('app/b', 'b', mediaTypes.ociLayer)],
});

/** As `docker save` wrote it before Docker 25: a folder a layer, the same layer linked the second time, the manifest last. */
async function oldDockerEntries(image: Image, repoTags: readonly string[] | null = ['app:1']): Promise<TarEntry[]> {
  const layers = await Promise.all(
    image.layers.map(async (layer) => Buffer.concat(await (await layer.open()).toArray())),
  );
  const names = layers.map((_, index) => `${String(index).repeat(64)}/layer.tar`);
  const config = `${hexOf(image.manifest.config.digest)}.json`;
  const manifest = [{ Config: config, RepoTags: repoTags, Layers: names }];
  return [
    ...layers.flatMap((bytes, index) => [
      directoryEntry(String(index).repeat(64), root),
      contentEntry(`${String(index).repeat(64)}/VERSION`, '1.0', root),
      contentEntry(names[index]!, bytes, root),
    ]),
    contentEntry(config, image.configBytes, root),
    contentEntry('manifest.json', JSON.stringify(manifest), root),
  ];
}

describe('archiveFileSource()', () => {
  test.each([{ compress: false }, { compress: true }])(
    'reads what docker save wrote, compressed: $compress',
    async ({ compress }) => {
      const image = await read(await archiveOf(await oldDockerEntries(plainImage), compress));
      expect(await validateImage(image)).toEqual([]);
      expect(image.mediaType).toBe(mediaTypes.dockerManifest);
      expect(image.manifest.config.digest).toBe(plainImage.manifest.config.digest);
      expect(image.layers.map(({ diffId, mediaType }) => [diffId, mediaType])).toEqual(
        plainImage.layers.map(({ diffId }) => [diffId, mediaTypes.dockerLayer]),
      );
    },
  );

  test('follows links between layers, as Docker and podman write them', async () => {
    const twice = exampleImage({ layers: [plainImage.layers[0]!, plainImage.layers[0]!] });
    const entries = (await oldDockerEntries(twice)).map((entry) =>
      entry.path === `${'1'.repeat(64)}/layer.tar`
        ? symlinkEntry(entry.path, `../${'0'.repeat(64)}/layer.tar`, root)
        : entry,
    );
    expect(await validateImage(await read(await archiveOf(entries)))).toEqual([]);
  });

  test('finds an image by each of its names', async () => {
    const file = await archiveOf(await oldDockerEntries(plainImage, ['app:1', 'registry.example/app:2']));
    for (const tag of ['app:1', 'docker.io/library/app:1', '1', 'registry.example/app:2']) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await read(file, tag)).layers).toHaveLength(2);
    }
    await expect(read(file, 'app:3')).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      detail: 'There is: app:1, registry.example/app:2',
    });
    const nameless = await archiveOf(await oldDockerEntries(plainImage, null));
    expect((await read(nameless)).layers).toHaveLength(2);
  });

  test('reads an OCI layout that GNU tar has packed, names beginning with ./', async () => {
    const folder = await temporaryFolder();
    await layoutSink({ directory: join(folder, 'layout'), tags: ['1'] }).write(plainImage, context);
    const entries = (await allFiles(join(folder, 'layout'))).map(({ name, bytes }) =>
      contentEntry(`./${name}`, bytes, root),
    );
    const image = await read(await archiveOf(entries));
    expect(image.digest).toBe(plainImage.digest);
    expect(await validateImage(image)).toEqual([]);
  });

  test('reads the archive twice at most, however many layers are read', async () => {
    let opened = 0;
    const file = await archiveOf(await oldDockerEntries(plainImage));
    const { archiveSource } = await import('../../src/image/archive-source.ts');
    const open = async (): Promise<ReturnType<typeof createReadStream>> => {
      opened += 1;
      return createReadStream(file);
    };
    const image = await archiveSource({ name: 'x', open, blobs: await openFolderBlobStore() }).resolve();
    expect(opened).toBe(1);
    expect(await validateImage(image)).toEqual([]);
    expect(await validateImage(image)).toEqual([]);
    expect(opened).toBe(2);
  });

  test.each<{ readonly why: string; readonly change: (entries: TarEntry[]) => TarEntry[]; readonly code?: string }>([
    { why: 'without a manifest', change: (entries) => entries.slice(0, -1) },
    {
      why: 'with a manifest that is no JSON',
      change: (entries) => [...entries.slice(0, -1), contentEntry('manifest.json', '{', root)],
    },
    {
      why: 'with a manifest of another shape',
      change: (entries) => [...entries.slice(0, -1), contentEntry('manifest.json', '[{}]', root)],
    },
    { why: 'without a layer', change: (entries) => entries.slice(3) },
    {
      why: 'without the config',
      change: (entries) => entries.filter(({ path }) => !/^[0-9a-f]{64}\.json$/.test(String(path))),
    },
    {
      why: 'with other bytes for a layer',
      change: (entries) =>
        entries.map((entry) =>
          String(entry.path).endsWith('0/layer.tar') ? contentEntry(String(entry.path), 'other', root) : entry,
        ),
    },
    { why: 'with two files of one name', change: (entries) => [contentEntry('manifest.json', '[]', root), ...entries] },
    {
      why: 'with a link in a circle for a manifest',
      change: (entries) => [...entries.slice(0, -1), symlinkEntry('manifest.json', 'manifest.json', root)],
    },
    {
      why: 'with a config outside of it',
      change: (entries) => [
        ...entries.slice(0, -1),
        contentEntry(
          'manifest.json',
          JSON.stringify([{ Config: '../../../../etc/passwd', RepoTags: null, Layers: [] }]),
          root,
        ),
      ],
    },
    {
      why: 'with a manifest of gigantic size',
      change: (entries) => [...entries.slice(0, -1), contentEntry('manifest.json', Buffer.alloc(5 << 20, ' '), root)],
    },
  ])('refuses an archive $why', async ({ change }) => {
    const file = await archiveOf(change(await oldDockerEntries(plainImage)));
    await expect(read(file)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  test.each([
    { why: 'that is not there', make: async (folder: string) => join(folder, 'nope.tar'), code: 'IMAGE_NOT_FOUND' },
    { why: 'that is a directory', make: async (folder: string) => folder, code: 'IMAGE_NOT_FOUND' },
    {
      why: 'that is text',
      make: async (folder: string) => fileWith(folder, 'hello\n'.repeat(500)),
      code: 'ARCHIVE_INVALID',
    },
    { why: 'that is empty', make: async (folder: string) => fileWith(folder, ''), code: 'ARCHIVE_INVALID' },
    {
      why: 'that was cut',
      make: async (folder: string) => fileWith(folder, gzipSync(Buffer.alloc(100_000)).subarray(0, 60)),
      code: 'ARCHIVE_INVALID',
    },
  ])('refuses a file $why', async ({ make, code }) => {
    await expect(read(await make(await temporaryFolder()))).rejects.toMatchObject({ code });
  });

  test('refuses a layer that has other bytes than its OCI manifest says', async () => {
    const folder = await temporaryFolder();
    const directory = join(folder, 'layout');
    await layoutSink({ directory, tags: ['1'] }).write(plainImage, context);
    const lost = hexOf(plainImage.layers[0]!.digest);
    const entries = (await allFiles(directory)).map(({ name, bytes }) =>
      contentEntry(name, name.endsWith(lost) ? 'other' : bytes, root),
    );
    const image = await read(await archiveOf(entries));
    await expect(image.layers[0]!.open()).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining('is missing'),
    });
    expect((await layoutSource({ directory }).resolve()).digest).toBe(plainImage.digest);
  });
});

describe('archiveSink()', () => {
  test('writes the same bytes each time, documents first', async () => {
    const folder = await temporaryFolder();
    const names = [parseReference('app:1'), parseReference('registry.example/app:2')];
    const files = ['one', 'two'].map((name) => join(folder, name));
    await Promise.all(
      files.map((file) => archiveSink({ file, format: 'docker', names }).write(exampleImage(), context)),
    );
    const [one, two] = await Promise.all(files.map((file) => readAll(file)));
    expect(one?.equals(two!)).toBe(true);
    const paths: string[] = [];
    for await (const entry of readTar(createReadStream(files[0]!))) paths.push(String(entry.path));
    expect(paths.slice(0, 4)).toEqual(['oci-layout', 'index.json', 'manifest.json', 'blobs/']);
  });

  test('gives an OCI archive one name and says so, Docker all of them', async () => {
    const folder = await temporaryFolder();
    const names = [parseReference('app:1'), parseReference('registry.example/app:2')];
    const events: Event[] = [];
    for (const format of ['oci', 'docker'] as const) {
      const file = join(folder, format);
      // oxlint-disable-next-line no-await-in-loop
      const written = await archiveSink({ file, format, names }).write(exampleImage(), {
        report: (event) => events.push(event),
      });
      expect(written.reference).toBe(`${format}-archive:${file}:docker.io/library/app:1`);
    }
    await expect(read(join(folder, 'oci'), 'registry.example/app:2')).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
    expect((await read(join(folder, 'docker'), 'registry.example/app:2')).digest).toBe(exampleImage().digest);
    expect(events).toEqual([
      { type: 'info', message: expect.stringMatching(/one name: .* not registry.example\/app:2$/) },
    ]);
  });

  test('keeps the old file and leaves no other when a layer breaks off', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'image.tar');
    await writeFile(file, 'old');
    const broken = { ...fileLayer('app/x', 'x'), open: () => Promise.reject(new Error('broken')) };
    const sink = archiveSink({ file, format: 'oci', names: [] });
    await expect(sink.write(exampleImage({ layers: [broken] }), context)).rejects.toThrow('broken');
    const short = { ...fileLayer('app/x', 'x'), sizeBytes: 1_000_000 };
    await expect(sink.write(exampleImage({ layers: [short] }), context)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
    expect(await readdir(folder)).toEqual(['image.tar']);
    expect(String(await readAll(file))).toBe('old');
  });

  test('stops when it is told to', async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const sink = archiveSink({ file: join(folder, 'image.tar'), format: 'oci', names: [] });
    await expect(sink.write(exampleImage(), { ...context, signal: controller.signal })).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });

  test('says why it cannot write', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'directory'));
    for (const name of ['nowhere/image.tar', 'directory']) {
      const sink = archiveSink({ file: join(folder, name), format: 'oci', names: [] });
      // oxlint-disable-next-line no-await-in-loop
      await expect(sink.write(exampleImage(), context)).rejects.toMatchObject({
        code: 'OUTPUT_FAILED',
        message: expect.stringMatching(/director/),
      });
    }
    expect(await readdir(folder)).toEqual(['directory']);
  });
});

async function readAll(file: string): Promise<Buffer> {
  return Buffer.concat(await createReadStream(file).toArray());
}

async function fileWith(folder: string, content: string | Buffer): Promise<string> {
  const file = join(folder, 'file');
  await writeFile(file, content);
  return file;
}

async function allFiles(directory: string): Promise<readonly { readonly name: string; readonly bytes: Buffer }[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => ({ name: file.slice(directory.length + 1), bytes: await readAll(file) })),
  );
}
