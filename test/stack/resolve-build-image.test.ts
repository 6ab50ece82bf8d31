import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Image } from '../../src/image/image.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { resolveBuildImage } from '../../src/stack/resolve-build-image.ts';
import { resolveRunImage, type ResolveRunImageOptions } from '../../src/stack/resolve-run-image.ts';

import { temporaryDir, temporaryStore } from '../store/temporary-store.ts';
import { imageWith, layerOf } from './layer-fixture.ts';
import { greeting, tinyStack, tools, words } from './tiny-stack.ts';

const amd64 = parsePlatform('linux/amd64');

async function setUp(places: Readonly<Record<string, Image>> = {}): Promise<ResolveRunImageOptions> {
  const { store, events } = await temporaryStore();
  return {
    store,
    report: (event) => events.push(event),
    now: () => new Date('2026-01-02T00:00:00Z'),
    ways: { aptDir: '/nowhere' },
    openPlace: async (place) => ({
      async resolve(): Promise<Image> {
        const image = places[place];
        if (image === undefined) throw new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot find ${place}`);
        return image;
      },
    }),
  };
}

test('resolveBuildImage() gives the build half of a stack, with its user and variables', async () => {
  const tiny = await tinyStack(temporaryDir());
  await tiny.update([greeting, words, tools]);
  const options = { ...(await setUp()), ways: { debianMirror: tiny.mirror.uri } };
  const found = await resolveBuildImage({ kind: 'stack', name: tiny.directory }, amd64, options);
  expect(found).toMatchObject({
    name: 'localhost/tsbuildpack/stack:tiny-build',
    user: { uid: 1001, gid: 1000 },
    env: { CNB_USER_ID: '1001', CNB_GROUP_ID: '1000' },
    target: { os: 'linux', arch: 'amd64', distroName: 'debian', distroVersion: '13' },
    input: { name: 'build-image', value: `stack:tiny (build)@${found.image.digest}` },
  });
  const run = await resolveRunImage({ kind: 'stack', name: tiny.directory }, amd64, options);
  expect(found.image.layers[0]?.digest).toBe(run.image.layers[0]?.digest);
  const place = { kind: 'image', place: `stack:${tiny.directory}` } as const;
  expect((await resolveBuildImage(place, amd64, options)).image.digest).toBe(found.image.digest);
});

test('resolveBuildImage() and resolveRunImage() take the images that a stack names, under their own names', async () => {
  const layer = await layerOf({ 'etc/os-release': 'ID=fedora\nVERSION_ID=44\n' });
  const [build, run] = [
    imageWith([layer], { config: { Env: ['PATH=/bin', 'A=b=c'] } }),
    imageWith([layer], { config: { User: 'app' } }),
  ];
  const options = await setUp({ 'oci:/images:build': build, 'oci:/images:run': run });
  const directory = join(temporaryDir(), 'theirs');
  mkdirSync(directory);
  const half = (name: string, uid: number): string =>
    `[${name}]\nfrom = "image"\nimage = "oci:/images:${name}"\nuid = ${uid}\ngid = 1000\n`;
  writeFileSync(join(directory, 'stack.toml'), `description = "x"\n${half('run', 1002)}${half('build', 1001)}`);
  const wish = { kind: 'stack', name: directory } as const;
  expect(await resolveBuildImage(wish, amd64, options)).toMatchObject({
    name: 'oci:/images:build',
    user: { uid: 1001, gid: 1000 },
    env: { PATH: '/bin', A: 'b=c' },
    target: { distroName: 'fedora', distroVersion: '44' },
    input: { value: `oci:/images:build@${build.digest}` },
  });
  const found = await resolveRunImage(wish, amd64, options);
  expect(found).toMatchObject({ name: 'oci:/images:run', buildUser: { uid: 1001, gid: 1000 } });
  expect(found.image.config.config?.User).toBe('app');
});

test('resolveBuildImage() takes any image, with the user that it says', async () => {
  const image = imageWith([], { config: { Env: ['CNB_USER_ID=2000', 'CNB_GROUP_ID=3000'] } });
  const options = await setUp({ 'oci:/builder': image });
  expect(await resolveBuildImage({ kind: 'image', place: 'oci:/builder' }, amd64, options)).toMatchObject({
    reference: `oci:/builder@${image.digest}`,
    user: { uid: 2000, gid: 3000 },
  });
  const pinned = `oci:/builder@sha256:${'0'.repeat(64)}`;
  await expect(
    resolveBuildImage({ kind: 'image', place: 'oci:/builder' }, amd64, { ...options, pinned }),
  ).rejects.toMatchObject({ code: 'RUN_IMAGE_NOT_FOUND', message: expect.stringContaining('build image') });
});
