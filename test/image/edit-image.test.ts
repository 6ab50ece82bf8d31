import { describe, expect, test } from 'vitest';
import { editImage } from '../../src/image/edit-image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { validateImage } from '../../src/image/validate-image.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { amd64, dockerImage, exampleImage, fileLayer } from './example-image.ts';

const created = '1980-01-01T00:00:01Z';

describe('editImage()', () => {
  test('puts layers on top with who made them and leaves a whole image', async () => {
    const base = exampleImage();
    const layer = fileLayer('app/more.txt', 'more');
    const image = editImage(base, { created, layers: [{ layer, createdBy: 'Application Layer' }] });
    expect(await validateImage(image)).toEqual([]);
    expect(image.layers).toEqual([...base.layers, layer]);
    expect(image.config.history).toEqual([
      { created, created_by: 'example layer 0' },
      { created, created_by: 'example layer 1' },
      { created, created_by: 'Application Layer' },
    ]);
  });

  test('gives the same digest for the same edit, whatever the order of keys', () => {
    const edit = (labels: Record<string, string>): string =>
      editImage(scratchImage(amd64), { created, layers: [], config: () => ({ Labels: labels }) }).digest;
    expect(edit({ a: '1', b: '2' })).toBe(edit({ b: '2', a: '1' }));
    expect(edit({ a: '1' })).not.toBe(edit({ a: '2' }));
    // Uncompressed, so that no zlib has a part in it: these bytes never change.
    const layer = fileLayer('app/x', 'x', mediaTypes.ociLayer);
    expect(editImage(scratchImage(amd64), { created, layers: [{ layer, createdBy: 'x' }] }).digest).toBe(
      'sha256:826812a962a8fcba930059fad107d354c4aaa5880f8d29c35d6fa3d6af794656',
    );
  });

  test('keeps what it does not know, of the config and the settings (EXP-02, EXP-36)', () => {
    const image = editImage(dockerImage(), {
      created,
      layers: [],
      config: (base) => ({ ...base, Env: [...(base.Env ?? []), 'OPTS=-Da=b'], Cmd: null }),
    });
    expect(JSON.parse(Buffer.from(image.configBytes).toString())).toMatchObject({
      docker_version: '20.10.24',
      config: { Env: ['PATH=/bin', 'OPTS=-Da=b'], Healthcheck: { Interval: 30_000_000_000 }, OnBuild: ['RUN x'] },
    });
    expect(image.config.config).not.toHaveProperty('Cmd');
  });

  test('makes one entry of history a layer (EXP-22)', () => {
    expect(editImage(dockerImage(), { created, layers: [] }).config.history).toEqual([
      { created, created_by: 'COPY /app' },
    ]);
    const base = dockerImage();
    const lost = { ...base, config: { ...base.config, history: [] } };
    expect(editImage(lost, { created, layers: [] }).config.history).toEqual([{ created }]);
  });

  test.each([
    {
      base: dockerImage(),
      manifest: mediaTypes.dockerManifest,
      config: mediaTypes.dockerConfig,
      layer: mediaTypes.dockerLayerGzip,
    },
    {
      base: exampleImage(),
      manifest: mediaTypes.ociManifest,
      config: mediaTypes.ociConfig,
      layer: mediaTypes.ociLayerGzip,
    },
    {
      base: scratchImage(amd64),
      manifest: mediaTypes.ociManifest,
      config: mediaTypes.ociConfig,
      layer: mediaTypes.ociLayerGzip,
    },
  ])('stays in the family of its base: $manifest (EXP-35)', async ({ base, manifest, config, layer }) => {
    for (const given of [mediaTypes.ociLayerGzip, mediaTypes.dockerLayerGzip]) {
      const image = editImage(base, { created, layers: [{ layer: fileLayer('app/x', 'x', given), createdBy: 'x' }] });
      expect(image.mediaType).toBe(manifest);
      expect(image.manifest.mediaType).toBe(manifest);
      expect(image.manifest.config.mediaType).toBe(config);
      expect(image.manifest.layers.at(-1)?.mediaType).toBe(layer);
      // oxlint-disable-next-line no-await-in-loop
      expect(await validateImage(image)).toEqual([]);
    }
  });

  test('refuses a layer that the family of the base has no type for', () => {
    const layer = { ...fileLayer('app/x', 'x'), mediaType: mediaTypes.ociLayerZstd };
    expect(() => editImage(dockerImage(), { created, layers: [{ layer, createdBy: 'x' }] })).toThrow(
      expect.objectContaining({ code: 'EXPORT_FAILED' }),
    );
  });

  test("does not take over the base's annotations, but the edit's", () => {
    const base = exampleImage();
    const annotated = {
      ...base,
      manifest: { ...base.manifest, annotations: { 'org.opencontainers.image.title': 'base' } },
    };
    expect(editImage(annotated, { created, layers: [] }).manifest.annotations).toBeUndefined();
    expect(editImage(annotated, { created, layers: [], annotations: { a: 'b' } }).manifest.annotations).toEqual({
      a: 'b',
    });
  });

  test('keeps the file of a layer whose type it changes, also when it comes later', async () => {
    let file: string | undefined;
    const layer = {
      ...fileLayer('app/x', 'x', mediaTypes.dockerLayerGzip),
      get file() {
        return file;
      },
      fetchFile: async () => (file = '/fetched'),
    };
    const image = editImage(scratchImage(amd64), { created, layers: [{ layer, createdBy: 'x' }] });
    expect(image.layers[0]?.file).toBeUndefined();
    expect(await image.layers[0]?.fetchFile?.()).toBe('/fetched');
    expect(image.layers[0]?.file).toBe('/fetched');
  });
});

describe('validateImage()', () => {
  test.each([
    {
      why: 'a layer of other bytes',
      change: { layers: [fileLayer('a', '1'), fileLayer('a', '2')] },
      problem: /its bytes have the digest/,
    },
    { why: 'a missing layer', change: { layers: exampleImage().layers.slice(1) }, problem: /another number of layers/ },
    { why: 'another digest', change: { digest: scratchImage(amd64).digest }, problem: /digest is not that/ },
    {
      why: 'another config',
      change: { configBytes: scratchImage(amd64).configBytes },
      problem: /names another config/,
    },
    { why: 'another manifest', change: { manifest: scratchImage(amd64).manifest }, problem: /not what its bytes say/ },
  ])('finds $why', async ({ change, problem }) => {
    expect((await validateImage({ ...exampleImage(), ...change })).join('; ')).toMatch(problem);
  });

  test('finds a diff ID that is none', async () => {
    const [first, second] = exampleImage().layers;
    const image = exampleImage({ layers: [{ ...first!, diffId: second!.diffId }, second!] });
    expect(await validateImage(image)).toEqual([expect.stringMatching(/^layer 0: its tar has the digest/)]);
  });
});

test('scratchImage() is whole, empty and the same for everybody', async () => {
  expect(await validateImage(scratchImage(amd64))).toEqual([]);
  expect(scratchImage(amd64).digest).toBe(scratchImage({ ...amd64 }).digest);
  expect(scratchImage({ os: 'linux', architecture: 'arm', variant: 'v7' }).config).toMatchObject({ variant: 'v7' });
});
