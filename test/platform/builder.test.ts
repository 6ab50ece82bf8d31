import { beforeEach, describe, expect, test } from 'vitest';
import { editImage } from '../../src/image/edit-image.ts';
import { contentEntry, symlinkEntry, type TarEntry } from '../../src/layer/tar-entry.ts';
import { openBuilder, type Builder } from '../../src/platform/builder.ts';
import { layerOf } from '../image/example-image.ts';
import { buildImage, builderRig, shown, type BuilderRig } from './builder-rig.ts';

let rig: BuilderRig;

beforeEach(async () => {
  rig = await builderRig();
});

const root = { uid: 0, gid: 0 };

describe('openBuilder() with builders of others', () => {
  /** Files that a Dockerfile might have added, and labels. */
  async function foreign(
    layers: readonly (readonly TarEntry[])[],
    labels: Readonly<Record<string, string>> = {},
  ): Promise<Builder> {
    const image = editImage(buildImage(), {
      created: '2020-01-01T00:00:00Z',
      layers: layers.map((entries) => ({ layer: layerOf(entries), createdBy: 'somebody' })),
      config: (config) => ({ ...config, Labels: { ...config.Labels, ...labels } }),
    });
    await rig.store('foreign', image);
    return await openBuilder('store:foreign', rig.tools);
  }

  const other = { uid: 5000, gid: 6000 };
  const scripts = (id: string): readonly TarEntry[] => {
    const dir = `cnb/buildpacks/${id.replace('/', '_')}/1.0.0`;
    const file = (name: string, text: string, mode: number): TarEntry =>
      contentEntry(`${dir}/${name}`, text, { ...other, mode });
    return [
      file(
        'buildpack.toml',
        `api = "0.7"\n[buildpack]\nid = "${id}"\nversion = "1.0.0"\n[[stacks]]\nid = "*"\n`,
        0o600,
      ),
      file('bin/detect', '#!/bin/sh\nexit 0\n', 0o700),
      file('bin/build', '#!/bin/sh\n', 0o700),
    ];
  };
  const orderFile = (...ids: readonly string[]): TarEntry =>
    contentEntry(
      './cnb/order.toml',
      ids.map((id) => `[[order]]\n[[order.group]]\nid = "${id}"\nversion = "1.0.0"\n`).join(''),
      root,
    );

  test('BLR-01 takes one without labels: from its files, with the run image of stack.toml', async () => {
    const stack = contentEntry(
      'cnb/stack.toml',
      '[run-image]\nimage = "a.example/run"\nmirrors = ["b.example/run"]\n',
      root,
    );
    const builder = await foreign([scripts('old/a'), [orderFile('old/a'), stack]]);
    expect(shown(await rig.order(builder))).toEqual(['old/a']);
    expect(builder.documents.runImages).toEqual([{ image: 'a.example/run', mirrors: ['b.example/run'] }]);
  });

  test('takes the topmost order, and what a later layer deletes is gone', async () => {
    const run = contentEntry('cnb/run.toml', '[[images]]\nimage = "a.example/run"\n', root);
    const system = contentEntry(
      'cnb/system.toml',
      '[[system.pre.buildpacks]]\nid = "old/b"\nversion = "1.0.0"\n',
      root,
    );
    const deleted = contentEntry('cnb/.wh.system.toml', '', root);
    const builder = await foreign([
      scripts('old/a'),
      [...scripts('old/b'), run, system, orderFile('old/b')],
      [deleted, orderFile('old/a')],
    ]);
    expect(shown(await rig.order(builder))).toEqual(['old/a']);
  });

  test('BLR-04 takes the labels where there are no files, and versions where there is one only', async () => {
    const layer = layerOf(scripts('old/a'));
    const builder = await foreign([scripts('old/a')], {
      'io.buildpacks.buildpack.order': '[{"group":[{"id":"old/a"}]}]',
      'io.buildpacks.buildpack.layers': JSON.stringify({
        'old/a': { '1.0.0': { api: '0.7', layerDiffID: layer.diffId } },
      }),
      'io.buildpacks.builder.metadata': JSON.stringify({
        stack: { runImage: { image: 'a.example/run' } },
        buildpacks: null,
      }),
    });
    expect(shown(await rig.order(builder))).toEqual(['old/a']);
    expect(builder.documents.runImages).toEqual([{ image: 'a.example/run', mirrors: [] }]);
  });

  test('ORD-08 refuses an order that names what is not there', async () => {
    const builder = await foreign([scripts('old/a'), [orderFile('old/gone')]]);
    await expect(rig.order(builder)).rejects.toMatchObject({
      code: 'BUILDER_INVALID',
      message: expect.stringContaining('old/gone@1.0.0'),
    });
  });

  const withExtensions = contentEntry(
    'cnb/order.toml',
    '[[order]]\n[[order.group]]\nid = "old/a"\nversion = "1.0.0"\n[[order-extensions]]\n[[order-extensions.group]]\nid = "old/e"\nversion = "1"\n',
    root,
  );
  const extension = (id: string): readonly TarEntry[] => [
    contentEntry(
      'cnb/extensions/old_e/1/extension.toml',
      `api = "0.9"\n[extension]\nid = "${id}"\nversion = "1"\n`,
      root,
    ),
  ];

  test.each([['a layer that the label names'], ['the file system']])(
    'ORD-11 finds image extensions in %s, all of them optional',
    async (where) => {
      const layer = layerOf(extension('old/e'));
      const label = JSON.stringify({ 'old/e': { 1: { api: '0.9', layerDiffID: layer.diffId } } });
      const builder = await foreign(
        [scripts('old/a'), extension('old/e'), [withExtensions]],
        where.startsWith('a layer') ? { 'io.buildpacks.extension.layers': label } : {},
      );
      const [group] = await builder.extensions();
      expect(group?.entries.map(({ buildpack, optional }) => [buildpack.descriptor.id, optional])).toEqual([
        ['old/e', true],
      ]);
      expect(group?.entries[0]?.buildpack.isExtension).toBe(true);
    },
  );

  test.each([
    ['is not there', [], { code: 'BUILDER_INVALID', problem: 'Cannot find image extension "old/e@1"' }],
    ['is another one', extension('old/other'), { code: 'BUILDPACK_INVALID', problem: 'says old/other@1' }],
  ])('refuses an image extension that %s', async (_about, entries, { code, problem }) => {
    const builder = await foreign([scripts('old/a'), entries, [withExtensions]]);
    await expect(builder.extensions()).rejects.toMatchObject({ code, message: expect.stringContaining(problem) });
  });

  test('refuses an image extension whose files are links out of the builder', async () => {
    const dir = 'cnb/extensions/old_e/1';
    const builder = await foreign([
      scripts('old/a'),
      [...extension('old/e'), symlinkEntry(`${dir}/bin`, '/bin', root)],
      [withExtensions],
    ]);
    await expect(builder.extensions()).rejects.toMatchObject({ code: 'BUILDPACK_INVALID' });
  });

  test('refuses an image that is no builder', async () => {
    await expect(openBuilder('store:base', rig.tools)).rejects.toMatchObject({ code: 'BUILDER_INVALID' });
  });
});
