import { expect, test } from 'vitest';
import type { Event } from '../../src/events.ts';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Image } from '../../src/image/image.ts';
import type { ImageSource } from '../../src/image/place.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { ResolveRunImageOptions } from '../../src/stack/resolve-run-image.ts';
import { resolveRunImage } from '../../src/stack/resolve-run-image.ts';
import { parseOsRelease } from '../../src/stack/target-facts.ts';
import { listEntries } from '../../src/layer/list-entries.ts';
import { makeElf } from '../elf/make-elf.ts';
import { temporaryStore } from '../store/temporary-store.ts';
import { imageWith, layerOf } from './layer-fixture.ts';

const amd64 = parsePlatform('linux/amd64');
const day = 24 * 3_600_000;

/** A registry, layouts and archives in one: images by the place that names them. */
async function setUp(): Promise<{
  readonly options: ResolveRunImageOptions;
  readonly places: Map<string, Image>;
  readonly opened: string[];
  readonly events: Event[];
  readonly advance: (milliseconds: number) => void;
}> {
  const { store, events, advance } = await temporaryStore();
  let time = Date.UTC(2026, 0, 1);
  const places = new Map<string, Image>();
  const opened: string[] = [];
  const openPlace = async (place: string): Promise<ImageSource> => {
    opened.push(place);
    return {
      async resolve(): Promise<Image> {
        const image = places.get(place);
        if (image === undefined) throw new TsbuildpackError('IMAGE_NOT_FOUND', `Cannot find ${place}`);
        return image;
      },
    };
  };
  return {
    options: { store, report: (event) => events.push(event), now: () => new Date(time), openPlace },
    places,
    opened,
    events,
    advance: (milliseconds) => {
      time += milliseconds;
      advance(milliseconds);
    },
  };
}

const byDigest = (repository: string, { digest }: Image): string => `docker://${repository}@${digest}`;

test('resolveRunImage() makes static the same everywhere, once, under 1 MB', async () => {
  const { options, events } = await setUp();
  const image = await resolveRunImage({ kind: 'stack', name: 'static' }, amd64, options);
  expect(image).toMatchObject({
    name: 'localhost/tsbuildpack/stack:static',
    reference: `localhost/tsbuildpack/stack@${image.image.digest}`,
    stack: 'static',
    mirrors: [],
    target: { os: 'linux', arch: 'amd64' },
    buildUser: { uid: 1001, gid: 1000 },
    input: { name: 'run-image', value: `stack:static@${image.image.digest}` },
  });
  expect(image.image.config).toMatchObject({
    created: '1980-01-01T00:00:01Z',
    config: {
      User: '1002:1000',
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/home/cnb'],
      Labels: {
        'io.buildpacks.base.id': 'tsbuildpack/stack/static',
        'io.buildpacks.rebasable': 'true',
        'io.buildpacks.stack.id': 'tsbuildpack.stacks.static',
      },
    },
  });
  const [layer] = image.image.layers;
  expect(layer?.sizeBytes).toBeLessThan(1_000_000);
  expect(layer?.file).toBeDefined();
  const listed: string[] = [];
  for await (const { path, mode, uid, gid, mtimeSeconds, sizeBytes } of listEntries(async () => await layer!.open())) {
    listed.push(`${mode.toString(8).padStart(4, '0')} ${uid}:${gid} ${mtimeSeconds} ${String(path)} ${sizeBytes}`);
  }
  expect(listed).toMatchInlineSnapshot(`
    [
      "0755 0:0 315532801 /etc 0",
      "0644 0:0 315532801 /etc/group 39",
      "0644 0:0 315532801 /etc/nsswitch.conf 44",
      "0644 0:0 315532801 /etc/passwd 197",
      "0755 0:0 315532801 /etc/ssl 0",
      "0755 0:0 315532801 /etc/ssl/certs 0",
      "0644 0:0 315532801 /etc/ssl/certs/ca-certificates.crt 222073",
      "0755 0:0 315532801 /home 0",
      "0775 1002:0 315532801 /home/cnb 0",
      "0700 0:0 315532801 /root 0",
      "1777 0:0 315532801 /tmp 0",
    ]
  `);
  // Golden: it changes only with stacks/static.
  expect(layer?.diffId).toMatchInlineSnapshot(
    `"sha256:713ce742f533c66dae0832afaa492ce1414d443ef00418cd41edc089baa041ab"`,
  );
  const made = events.filter(({ type }) => type === 'progress').length;
  const again = await resolveRunImage({ kind: 'stack', name: 'static' }, parsePlatform('linux/arm64'), options);
  expect(again.image.layers[0]?.digest).toBe(layer?.digest);
  expect(again.image.digest).not.toBe(image.image.digest);
  expect(again.target.arch).toBe('arm64');
  expect(events.filter(({ type }) => type === 'progress')).toHaveLength(made);
});

test.each([
  { kind: 'stack', name: 'scratch' } as const,
  { kind: 'image', place: 'scratch' } as const,
  { kind: 'image', place: 'stack:scratch' } as const,
])('resolveRunImage() of $kind $name$place has no layer', async (wish) => {
  const { options } = await setUp();
  const { image, stack, files } = await resolveRunImage(wish, amd64, options);
  expect(image.layers).toEqual([]);
  expect(image.config.config).toMatchObject({ User: '1002:1000' });
  expect(stack).toBe('scratch');
  expect([...files.paths()]).toEqual([]);
});

test('resolveRunImage() obeys a pinned stack or says why it cannot', async () => {
  const { options } = await setUp();
  const wish = { kind: 'stack', name: 'static' } as const;
  const { input } = await resolveRunImage(wish, amd64, options);
  expect((await resolveRunImage(wish, amd64, { ...options, pinned: input.value })).input.value).toBe(input.value);
  const pinned = input.value.replace(/.{4}$/, '0000');
  await expect(resolveRunImage(wish, amd64, { ...options, pinned })).rejects.toMatchObject({
    code: 'RUN_IMAGE_NOT_FOUND',
    message: `Cannot use run image ${pinned}: stack "static" is ${input.value} here`,
  });
});

test('resolveRunImage() knows no stack of another name and no wish of nobody', async () => {
  const { options } = await setUp();
  await expect(resolveRunImage({ kind: 'stack', name: 'jammy' }, amd64, options)).rejects.toMatchObject({
    code: 'STACK_UNKNOWN',
    hint: expect.stringContaining('scratch, shell, static'),
  });
  await expect(resolveRunImage({ kind: 'auto' }, amd64, options)).rejects.toMatchObject({
    code: 'RUN_IMAGE_NOT_FOUND',
  });
});

test('resolveRunImage() resolves a tag once a day', async () => {
  const { options, places, opened, advance } = await setUp();
  const wish = { kind: 'image', place: 'debian:12' } as const;
  const [old, fresh] = [imageWith([]), imageWith([], { author: 'x' })];
  places.set('docker://docker.io/library/debian:12', old);
  places.set(byDigest('docker.io/library/debian:12', old), old);
  const first = await resolveRunImage(wish, amd64, options);
  expect(first).toMatchObject({
    name: 'docker.io/library/debian:12',
    reference: `docker.io/library/debian@${old.digest}`,
    input: {
      value: `docker.io/library/debian@${old.digest}`,
      reason: 'docker.io/library/debian:12 on 2026-01-01T00:00:00.000Z',
    },
  });
  places.set('docker://docker.io/library/debian:12', fresh);
  places.set(byDigest('docker.io/library/debian:12', fresh), fresh);
  advance(day - 1);
  expect((await resolveRunImage(wish, amd64, options)).image.digest).toBe(old.digest);
  advance(1);
  expect((await resolveRunImage(wish, amd64, options)).image.digest).toBe(fresh.digest);
  expect(opened).toEqual([
    'docker://docker.io/library/debian:12',
    byDigest('docker.io/library/debian:12', old),
    'docker://docker.io/library/debian:12',
  ]);
  places.delete(byDigest('docker.io/library/debian:12', fresh));
  places.set('docker://docker.io/library/debian:12', old);
  expect((await resolveRunImage(wish, amd64, options)).image.digest).toBe(old.digest);
});

test('resolveRunImage() obeys a pinned image and asks for no tag', async () => {
  const { options, places, opened } = await setUp();
  const image = imageWith([]);
  const wish = { kind: 'image', place: 'docker://example.org:5000/base:1' } as const;
  const pinned = `example.org:5000/base@${image.digest}`;
  await expect(resolveRunImage(wish, amd64, { ...options, pinned })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  places.set(byDigest('example.org:5000/base:1', image), image);
  expect((await resolveRunImage(wish, amd64, { ...options, pinned })).input.value).toBe(pinned);
  expect(new Set(opened)).toEqual(new Set([byDigest('example.org:5000/base:1', image)]));
  await expect(
    resolveRunImage(wish, amd64, { ...options, pinned: pinned.replace('base', 'other') }),
  ).rejects.toMatchObject({ code: 'RUN_IMAGE_NOT_FOUND' });
  places.set('oci:dir', image);
  const layout = { kind: 'image', place: 'oci:dir' } as const;
  const { input } = await resolveRunImage(layout, amd64, options);
  expect(input.value).toBe(`oci:dir@${image.digest}`);
  places.set('oci:dir', imageWith([], { author: 'x' }));
  await expect(resolveRunImage(layout, amd64, { ...options, pinned: input.value })).rejects.toMatchObject({
    code: 'RUN_IMAGE_NOT_FOUND',
    message: expect.stringContaining(`${image.digest} is pinned, there is`),
  });
});

test('resolveRunImage() prefers a named image of the store for a bare name', async () => {
  const { options, places, opened } = await setUp();
  const image = imageWith([]);
  await options.store.images.put('docker.io/library/base:latest', image);
  places.set('docker.io/library/base:latest', image);
  await resolveRunImage({ kind: 'image', place: 'base' }, amd64, options);
  expect(opened).toEqual(['docker.io/library/base:latest']);
});

test('resolveRunImage() tells what an image is from its files, read once', async () => {
  const { options, places, events } = await setUp();
  const libc = makeElf({
    type: 3,
    soname: 'libc.so.6',
    defines: ['GLIBC_2.2.5', 'GLIBC_2.36', 'GLIBC_2.4', 'GLIBC_PRIVATE'],
  });
  const lower = await layerOf({
    'usr/lib/os-release': 'ID=debian\nVERSION_ID="12"\n',
    'etc/os-release': '-> ../usr/lib/os-release',
    'usr/lib/x86_64-linux-gnu/libc-2.36.so': libc,
  });
  const upper = await layerOf({ 'usr/lib/x86_64-linux-gnu/libc.so.6': '-> libc-2.36.so' });
  places.set(
    'oci:debian',
    imageWith([lower, upper], { config: { Env: ['CNB_USER_ID=1234', 'CNB_GROUP_ID=0', 'PATH=/bin'] } }),
  );
  for (let round = 0; round < 2; round += 1) {
    const image = await resolveRunImage({ kind: 'image', place: 'oci:debian' }, amd64, options);
    expect(image.target).toEqual({
      os: 'linux',
      arch: 'amd64',
      libc: 'glibc',
      libcVersion: '2.36',
      distroName: 'debian',
      distroVersion: '12',
    });
    expect(image.buildUser).toEqual({ uid: 1234, gid: 0 });
  }
  expect([lower.reads(), upper.reads()]).toEqual([1, 1]);
  expect(events.filter(({ type }) => type === 'info')).toHaveLength(1);
});

test('resolveRunImage() never takes this machine for the image', async () => {
  const { options, places } = await setUp();
  places.set(
    'oci:empty',
    imageWith([await layerOf({ app: 'x' })], { variant: 'v8', config: { Env: ['CNB_USER_ID=0'] } }),
  );
  const image = await resolveRunImage({ kind: 'image', place: 'oci:empty' }, amd64, options);
  expect(image.target).toEqual({ os: 'linux', arch: 'amd64', variant: 'v8' });
  expect(image.buildUser).toEqual({ uid: 1001, gid: 1000 });
});

test('resolveRunImage() reads musl’s version, and labels before files', async () => {
  const { options, places } = await setUp();
  const layer = await layerOf({
    'etc/os-release': 'ID=alpine\nVERSION_ID=3.22.1',
    'lib/ld-musl-aarch64.so.1': 'x',
    'lib/apk/db/installed': 'P:musl\nV:1.2.5-r10\n',
  });
  const labels = { 'io.buildpacks.base.distro.name': 'wolfi', 'io.buildpacks.base.distro.version': '1' };
  places.set('oci:alpine', imageWith([layer], { config: { Labels: labels } }));
  const { target } = await resolveRunImage({ kind: 'image', place: 'oci:alpine' }, amd64, options);
  expect(target).toMatchObject({ libc: 'musl', libcVersion: '1.2.5', distroName: 'wolfi', distroVersion: '1' });
});

test('resolveRunImage() refuses an image that does not say what it runs on', async () => {
  const { options, places } = await setUp();
  places.set('oci:odd', imageWith([], { os: '' }));
  await expect(resolveRunImage({ kind: 'image', place: 'oci:odd' }, amd64, options)).rejects.toMatchObject({
    code: 'ANALYZE_FAILED',
    message: 'Cannot use run image "oci:odd": its config names no operating system',
  });
});

test('parseOsRelease() reads quotes and ignores the rest', () => {
  const text = '# x\nID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME=\'it\'\nNAME="a \\"b\\""\nbroken\nlower=x\n';
  expect(Object.fromEntries(parseOsRelease(text))).toEqual({
    ID: 'ubuntu',
    VERSION_ID: '24.04',
    PRETTY_NAME: 'it',
    NAME: 'a "b"',
  });
});
