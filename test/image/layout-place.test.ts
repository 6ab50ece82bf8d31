import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { layoutSink, layoutSource } from '../../src/image/layout-place.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { canonicalJson } from '../../src/oci/canonical-json.ts';
import { hexOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { exampleImage, fileLayer } from './example-image.ts';
import { temporaryFolder } from './test-places.ts';

const context = { report: (): void => undefined };

async function written(image: Image = exampleImage()): Promise<string> {
  const directory = join(await temporaryFolder(), 'layout');
  await layoutSink({ directory }).write(image, context);
  return directory;
}

async function inFile(layer: Layer, folder: string): Promise<Layer> {
  const file = join(folder, hexOf(layer.digest));
  await writeFile(file, Buffer.concat(await (await layer.open()).toArray()), { mode: 0o444 });
  return { ...layer, file };
}

describe('layoutSink()', () => {
  test('links the file of a layer instead of copying it', async () => {
    const folder = await temporaryFolder();
    const layer = await inFile(fileLayer('app/x', 'x'), folder);
    const directory = join(folder, 'layout');
    const image = exampleImage({ layers: [layer] });
    await layoutSink({ directory }).write(image, context);
    const target = join(directory, 'blobs', 'sha256', hexOf(layer.digest));
    expect((await stat(target)).ino).toBe((await stat(layer.file!)).ino);
    await layoutSink({ directory }).write(image, context);
    expect((await stat(layer.file!)).nlink).toBe(2);
  });

  test('fetches a layer to link it', async () => {
    const folder = await temporaryFolder();
    const here = await inFile(fileLayer('app/x', 'x'), folder);
    const { file, ...layer } = here;
    const directory = join(folder, 'layout');
    const image = exampleImage({ layers: [{ ...layer, fetchFile: async () => file! }] });
    await layoutSink({ directory }).write(image, context);
    expect((await stat(file!)).nlink).toBe(2);
  });

  test('gives an image several tags, one entry each, and a new one in the place of the old', async () => {
    const directory = join(await temporaryFolder(), 'layout');
    await layoutSink({ directory, tags: ['1', '2'] }).write(exampleImage(), context);
    const other = exampleImage({ content: 'other' });
    const result = await layoutSink({ directory, tags: ['1', '3'] }).write(other, context);
    expect(result.reference).toBe(`oci:${directory}:1`);
    const index = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as {
      manifests: { digest: string; annotations: object }[];
    };
    expect(index.manifests.map(({ digest, annotations }) => [digest, Object.values(annotations)[0]])).toEqual([
      [other.digest, '1'],
      [exampleImage().digest, '2'],
      [other.digest, '3'],
    ]);
  });

  test('keeps what other tools have put into the index', async () => {
    const directory = await written();
    const file = join(directory, 'index.json');
    const index = JSON.parse(await readFile(file, 'utf8')) as { manifests: unknown[]; annotations?: object };
    const foreign = {
      mediaType: 'application/vnd.example',
      digest: `sha256:${'1'.repeat(64)}`,
      size: 7,
      artifactType: 'x',
    };
    await writeFile(
      file,
      canonicalJson({ ...index, annotations: { a: 'b' }, manifests: [foreign, ...index.manifests] }),
    );
    await layoutSink({ directory }).write(exampleImage({ content: 'new' }), context);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      annotations: { a: 'b' },
      manifests: [foreign, { size: expect.any(Number) }],
    });
  });

  test('mends a blob that has the right size and other bytes', async () => {
    const image = exampleImage();
    const directory = await written(image);
    const { digest, sizeBytes } = image.layers[0]!;
    const file = join(directory, 'blobs', 'sha256', hexOf(digest));
    await chmod(file, 0o644);
    await writeFile(file, Buffer.alloc(sizeBytes));
    await layoutSink({ directory }).write(image, context);
    expect(await validateImage(await layoutSource({ directory }).resolve())).toEqual([]);
  });

  test('lets several write at once and loses none', async () => {
    const directory = join(await temporaryFolder(), 'layout');
    const tags = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(
      tags.map((tag) => layoutSink({ directory, tags: [tag] }).write(exampleImage({ content: tag }), context)),
    );
    const found = await Promise.all(tags.map((tag) => layoutSource({ directory, tag }).resolve()));
    expect(found.map(({ digest }) => digest)).toEqual(tags.map((tag) => exampleImage({ content: tag }).digest));
    expect((await readdir(directory)).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('leaves a directory alone that is no layout', async () => {
    const directory = await temporaryFolder();
    await writeFile(join(directory, 'thesis.txt'), 'years of work');
    await expect(layoutSink({ directory }).write(exampleImage(), context)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
    expect(await readdir(directory)).toEqual(['thesis.txt']);
    const file = join(directory, 'thesis.txt');
    await expect(layoutSink({ directory: file }).write(exampleImage(), context)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
  });

  test('leaves no temporary file and no tag behind when a layer breaks off', async () => {
    const directory = join(await temporaryFolder(), 'layout');
    const broken: Layer = { ...fileLayer('app/x', 'x'), open: () => Promise.reject(new Error('broken')) };
    await expect(layoutSink({ directory }).write(exampleImage({ layers: [broken] }), context)).rejects.toThrow(
      'broken',
    );
    expect((await readdir(directory, { recursive: true })).toSorted()).toEqual(['blobs', 'blobs/sha256', 'oci-layout']);
  });

  test('writes into an empty directory, and the same bytes each time', async () => {
    const folder = await temporaryFolder();
    for (const name of ['one', 'two']) {
      // oxlint-disable-next-line no-await-in-loop
      await mkdir(join(folder, name));
      // oxlint-disable-next-line no-await-in-loop
      await layoutSink({ directory: join(folder, name), tags: ['1'] }).write(exampleImage(), context);
    }
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => readFile(join(folder, name, 'index.json'), 'utf8')),
    );
    expect(one).toBe(two);
  });
});

describe('layoutSource()', () => {
  test('takes the only image when no tag is given, and asks when there are several', async () => {
    const directory = await written();
    expect((await layoutSource({ directory }).resolve()).digest).toBe(exampleImage().digest);
    await layoutSink({ directory, tags: ['other'] }).write(exampleImage({ content: 'other' }), context);
    await expect(layoutSource({ directory }).resolve()).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      detail: 'There is: latest, other',
      hint: expect.stringContaining('after a colon'),
    });
  });

  test('reads images of several platforms without names, as BuildKit writes them', async () => {
    const directory = await written();
    const image = exampleImage();
    const arm = exampleImage({ platform: { os: 'linux', architecture: 'arm64' } });
    await layoutSink({ directory, tags: ['arm'] }).write(arm, context);
    const manifests = [image, arm].map(({ digest, mediaType, manifestBytes, config }) => ({
      mediaType,
      digest,
      size: manifestBytes.length,
      platform: { os: 'linux', architecture: config.architecture },
    }));
    await writeFile(join(directory, 'index.json'), canonicalJson({ schemaVersion: 2, manifests }));
    expect((await layoutSource({ directory }).resolve({ os: 'linux', architecture: 'arm64' })).digest).toBe(arm.digest);
  });

  test('never gives out a file of the directory, which somebody else can change', async () => {
    const image = await layoutSource({ directory: await written() }).resolve();
    expect(image.layers.map((layer) => [layer.file, layer.fetchFile === undefined])).toEqual([
      [undefined, true],
      [undefined, true],
    ]);
  });

  test.each([
    { why: 'no directory', spoil: (directory: string) => rm(directory, { recursive: true }), code: 'ARCHIVE_INVALID' },
    {
      why: 'no oci-layout file',
      spoil: (directory: string) => rm(join(directory, 'oci-layout')),
      code: 'ARCHIVE_INVALID',
    },
    {
      why: 'another version',
      spoil: (directory: string) => writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"2"}'),
      code: 'ARCHIVE_INVALID',
    },
    {
      why: 'an index that is none',
      spoil: (directory: string) => writeFile(join(directory, 'index.json'), '[]'),
      code: 'IMAGE_INVALID',
    },
    {
      why: 'an empty index',
      spoil: (directory: string) => writeFile(join(directory, 'index.json'), '{"schemaVersion":2,"manifests":[]}'),
      code: 'IMAGE_NOT_FOUND',
    },
    {
      why: 'a digest that leaves the directory',
      spoil: (directory: string) =>
        writeFile(
          join(directory, 'index.json'),
          JSON.stringify({
            schemaVersion: 2,
            manifests: [{ mediaType: mediaTypes.ociManifest, digest: 'sha256:../../../../etc/passwd', size: 1 }],
          }),
        ),
      code: 'IMAGE_INVALID',
    },
  ])('refuses a layout with $why', async ({ spoil, code }) => {
    const directory = await written();
    await spoil(directory);
    await expect(layoutSource({ directory }).resolve()).rejects.toMatchObject({ code });
  });

  test('names a file that the system does not let it read', async () => {
    const [loop, directory, lost] = [await written(), await written(), await written()];
    await rm(join(loop, 'index.json'));
    await symlink('index.json', join(loop, 'index.json'));
    await rm(join(directory, 'index.json'));
    await mkdir(join(directory, 'index.json'));
    await expect(layoutSource({ directory: loop }).resolve()).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: `Cannot read "${join(loop, 'index.json')}": its path holds a loop of symbolic links`,
    });
    await expect(layoutSource({ directory }).resolve()).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: `Cannot read "${join(directory, 'index.json')}": it is a directory`,
    });
    const [layer] = (await layoutSource({ directory: lost }).resolve()).layers;
    await rm(join(lost, 'blobs', 'sha256', hexOf(layer!.digest)));
    await expect(layer!.open()).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });

  test('refuses blobs of other bytes, and shows nothing of a file that a link leads to', async () => {
    const image = exampleImage();
    const directory = await written(image);
    const secret = join(directory, '..', 'secret.json');
    await writeFile(secret, '{"password":"Horse-7"}');
    const blob = join(directory, 'blobs', 'sha256', hexOf(image.manifest.config.digest));
    await rm(blob);
    await symlink(secret, blob);
    const error = await layoutSource({ directory })
      .resolve()
      .then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
    expect(error).toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(String(error?.message)).not.toContain('Horse-7');
    await rm(blob);
    await expect(layoutSource({ directory }).resolve()).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringContaining('missing'),
    });
  });
});
