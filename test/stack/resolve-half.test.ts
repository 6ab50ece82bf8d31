import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TsbuildpackError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import type { Image } from '../../src/image/image.ts';
import type { Layer } from '../../src/layer/layer.ts';
import { listEntries } from '../../src/layer/list-entries.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { loadStack } from '../../src/stack/load-stack.ts';
import { resolveFresh, resolveHalf, type ResolvedHalf } from '../../src/stack/resolve-half.ts';
import { stackHalf } from '../../src/stack/stack-half.ts';
import type { StackOptions } from '../../src/stack/stack-options.ts';
import type { TestPackage } from '../debian/deb.ts';
import { temporaryDir, temporaryStore } from '../store/temporary-store.ts';
import { imageWith, layerOf } from './layer-fixture.ts';
import { greeting, newerWords, tinyStack, tools, words, type TinyStack } from './tiny-stack.ts';

const day = 24 * 3_600_000;
const more: TestPackage = { name: 'more', fields: { Depends: 'words' }, files: { '/usr/share/more/x': 'x\n' } };

interface Setup {
  readonly tiny: TinyStack;
  readonly options: StackOptions;
  readonly events: Event[];
  /** Other images, by place. */
  readonly places: Map<string, Image>;
  readonly advance: (milliseconds: number) => void;
}

/** A machine without package sources of its own, unless `apt` gives it some. */
async function setUp(dir: string = temporaryDir(), tiny?: TinyStack): Promise<Setup> {
  const made = tiny ?? (await tinyStack(dir));
  const { store, events, advance } = await temporaryStore();
  const places = new Map<string, Image>();
  let time = Date.UTC(2026, 0, 2);
  const aptDir = join(dir, 'etc', 'apt');
  mkdirSync(aptDir, { recursive: true });
  const options: StackOptions = {
    platform: parsePlatform('linux/amd64'),
    store,
    report: (event) => events.push(event),
    now: () => new Date(time),
    env: {},
    ways: { aptDir },
    openPlace: async (place) => ({
      async resolve(): Promise<Image> {
        const image = places.get(place);
        if (image === undefined) throw new TsbuildpackError('REGISTRY_UNAVAILABLE', `Cannot reach ${place}`);
        return image;
      },
    }),
  };
  return {
    tiny: made,
    options,
    events,
    places,
    advance: (milliseconds) => {
      time += milliseconds;
      advance(milliseconds);
    },
  };
}

function withMirror({ options, tiny }: Pick<Setup, 'options' | 'tiny'>): StackOptions {
  return { ...options, ways: { ...options.ways, debianMirror: tiny.mirror.uri } };
}

async function run({ tiny }: Pick<Setup, 'tiny'>, options: StackOptions): Promise<ResolvedHalf> {
  return await resolveHalf(stackHalf(loadStack(tiny.directory), 'run'), options);
}

async function pathsOf(layer: Layer | undefined): Promise<readonly string[]> {
  const paths: string[] = [];
  if (layer !== undefined)
    for await (const { path } of listEntries(async () => await layer.open())) paths.push(String(path));
  return paths;
}

async function textIn(layer: Layer | undefined, path: string): Promise<string> {
  const { readTar } = await import('../../src/layer/read-tar.ts');
  const { decompressed } = await import('../../src/layer/decompress.ts');
  if (layer === undefined) return '';
  for await (const entry of readTar(decompressed(await layer.open()))) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry.content) chunks.push(chunk);
    if (String(entry.path) === path) return Buffer.concat(chunks).toString('utf8');
  }
  return '';
}

const debianImage = async (): Promise<Image> =>
  imageWith([await layerOf({ 'etc/os-release': 'ID=debian\nVERSION_ID="13"\n' })], { config: { Cmd: ['bash'] } });

test('resolveHalf() makes an image of packages that says what is in it', async () => {
  const setup = await setUp();
  const { image, name, reference, value, isOther, made } = await run(setup, withMirror(setup));
  expect({ name, reference, value, isOther }).toEqual({
    name: 'localhost/tsbuildpack/stack:tiny',
    reference: `localhost/tsbuildpack/stack@${image.digest}`,
    value: `stack:tiny@${image.digest}`,
    isOther: false,
  });
  const { User: user, Env: env, Labels: labels = {} } = image.config.config ?? {};
  expect([user, env]).toEqual(['1002:1000', ['PATH=/usr/bin']]);
  expect(labels).toMatchObject({
    'io.buildpacks.base.id': 'tsbuildpack/stack/tiny',
    'io.buildpacks.base.description': 'two tiny packages',
    'io.buildpacks.base.distro.name': 'debian',
    'io.buildpacks.base.distro.version': '13',
    'io.buildpacks.rebasable': 'true',
    'io.buildpacks.stack.id': 'tsbuildpack.stacks.tiny',
    'io.buildpacks.stack.mixins': '["greeting","words"]',
  });
  expect(JSON.parse(labels['io.buildpacks.base.metadata'] ?? '')).toEqual({
    distribution: {
      id: 'debian',
      version: '13',
      codename: 'trixie',
      suites: ['trixie', 'trixie-security'],
      components: ['main'],
    },
    packages: [
      { name: 'greeting', version: '1.0-1', architecture: 'amd64' },
      { name: 'words', version: '1.0-1', architecture: 'amd64' },
    ],
    snapshot: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  expect(made?.snapshot.map(({ suite, date }) => [suite, date])).toEqual([
    ['trixie', '2026-01-01T00:00:00.000Z'],
    ['trixie-security', '2026-01-01T00:00:00.000Z'],
  ]);
  const paths = await pathsOf(image.layers[0]);
  expect(paths).toEqual(expect.arrayContaining(['/etc/passwd', '/home/app', '/tmp', '/usr/share/greeting/hello']));
  expect(paths.filter((path) => path.startsWith('/usr/share/doc/'))).toEqual([]);
  expect(await textIn(image.layers[0], '/etc/passwd')).toBe('app:x:1002:1000::/home/app:/usr/sbin/nologin\n');
  expect(await textIn(image.layers[0], '/var/lib/dpkg/status')).toMatch(
    /^Package: greeting\nStatus: install ok installed\nVersion: 1\.0-1\n[^]*\n\nPackage: words\n/,
  );
});

test('resolveHalf() gives the same image on another machine, and after the archive was only signed anew', async () => {
  const dir = temporaryDir();
  const setup = await setUp(dir);
  const first = await run(setup, withMirror(setup));
  await setup.tiny.update([words, greeting], { date: new Date('2026-01-01T12:00:00Z') });
  const other = await setUp(dir, setup.tiny);
  const second = await run(other, withMirror(other));
  expect(second.image.digest).toBe(first.image.digest);
  expect(second.made?.snapshot).not.toEqual(first.made?.snapshot);
});

test('resolveHalf() puts what extends a stack, and its build half, on the very layer of that stack', async () => {
  const setup = await setUp();
  await setup.tiny.update([greeting, words, more, tools]);
  const options = withMirror(setup);
  const tiny = await run(setup, options);
  const extended = await resolveHalf(stackHalf(loadStack(join(setup.tiny.directory, '../more')), 'run'), options);
  const build = await resolveHalf(stackHalf(loadStack(setup.tiny.directory), 'build'), options);
  for (const { image } of [extended, build]) {
    expect(image.layers).toHaveLength(2);
    expect(image.layers[0]?.digest).toBe(tiny.image.layers[0]?.digest);
  }
  const [, own] = extended.image.layers;
  expect(await textIn(own, '/etc/passwd')).toBe(
    'app:x:1002:1000::/home/app:/usr/sbin/nologin\nhelper:x:1003:1000::/nonexistent:/usr/sbin/nologin\n',
  );
  expect((await textIn(own, '/var/lib/dpkg/status')).match(/^Package: .*$/gm)).toEqual([
    'Package: greeting',
    'Package: more',
    'Package: words',
  ]);
  expect((await pathsOf(own)).filter((path) => path.includes('greeting'))).toEqual([]);
  expect(build.image.config.config).toMatchObject({
    User: '1001:1000',
    Env: ['CNB_USER_ID=1001', 'CNB_GROUP_ID=1000', 'CNB_STACK_ID=tsbuildpack.stacks.tiny'],
  });
});

test('resolveHalf() asks no mirror for a day, and takes what it knows when there is none afterwards', async () => {
  const setup = await setUp();
  const options = withMirror(setup);
  const first = await run(setup, options);
  await setup.tiny.update([greeting, newerWords]);
  setup.advance(day - 1);
  expect((await run(setup, options)).image.digest).toBe(first.image.digest);
  setup.advance(1);
  const second = await run(setup, options);
  expect(second.image.digest).not.toBe(first.image.digest);
  expect(second.made?.packages.flat().map(({ name, version }) => `${name} ${version}`)).toContain('words 1.0-2');
  rmSync(setup.tiny.mirror.dir, { recursive: true });
  setup.advance(day);
  expect((await run(setup, options)).image.digest).toBe(second.image.digest);
  expect(setup.events).toContainEqual(
    expect.objectContaining({ type: 'warning', message: expect.stringContaining('newer packages') }),
  );
  await expect(run(setup, { ...options, refresh: true })).rejects.toMatchObject({ code: 'PACKAGES_UNAVAILABLE' });
});

test('resolveFresh() takes newer packages at once, and a pinned image is still had', async () => {
  const setup = await setUp();
  const options = withMirror(setup);
  const first = await run(setup, options);
  await setup.tiny.update([greeting, newerWords]);
  const half = stackHalf(loadStack(setup.tiny.directory), 'run');
  const fresh = await resolveFresh(half, options);
  expect(fresh.image.digest).not.toBe(first.image.digest);
  expect((await run(setup, options)).image.digest).toBe(fresh.image.digest);
  expect((await run(setup, { ...options, pinned: first.value })).image.digest).toBe(first.image.digest);
  const pinned = `stack:tiny@sha256:${'0'.repeat(64)}`;
  await expect(run(setup, { ...options, pinned })).rejects.toMatchObject({
    code: 'RUN_IMAGE_NOT_FOUND',
    message: expect.stringContaining(`is ${fresh.value} here`),
  });
});

test('resolveHalf() takes packages from apt’s sources when no mirror is named', async () => {
  const setup = await setUp();
  const { aptDir = '' } = setup.options.ways;
  writeFileSync(join(aptDir, '..', 'os-release'), 'ID=debian\nVERSION_CODENAME=bookworm\n');
  writeFileSync(join(aptDir, 'sources.list'), `deb ${setup.tiny.mirror.uri} bookworm main\n`);
  const { reason } = await run(setup, setup.options);
  expect(reason).toContain('which apt of this machine uses');
  // The one that is named comes first, and nothing stands in for it.
  const named = { ...setup.options, ways: { ...setup.options.ways, debianMirror: 'file:///nowhere/debian' } };
  setup.places.set('docker://docker.io/library/debian:trixie-slim', await debianImage());
  await expect(run(setup, named)).rejects.toMatchObject({ code: 'PACKAGES_UNAVAILABLE' });
});

test('resolveHalf() takes the prebuilt image of the stack where there are no packages', async () => {
  const setup = await setUp();
  const built = await run(setup, withMirror(setup));
  const elsewhere = await setUp();
  elsewhere.places.set('oci:/images:run-amd64', built.image);
  elsewhere.places.set('docker://docker.io/library/debian:trixie-slim', await debianImage());
  const ways = (place: string): StackOptions => ({
    ...elsewhere.options,
    ways: { ...elsewhere.options.ways, stackImages: { tiny: place } },
  });
  const found = await run(setup, ways('oci:/images'));
  expect(found).toMatchObject({ name: 'localhost/tsbuildpack/stack:tiny', value: built.value, isOther: false });
  expect((await run(setup, { ...ways('oci:/images'), pinned: built.value })).image.digest).toBe(built.image.digest);
  elsewhere.places.set('docker://registry.example/stacks/tiny:1.0-run-amd64', built.image);
  expect(await run(setup, ways('docker://registry.example/stacks/tiny:1.0'))).toMatchObject({
    name: 'registry.example/stacks/tiny:1.0-run-amd64',
    value: `registry.example/stacks/tiny@${built.image.digest}`,
    isOther: false,
  });
  elsewhere.places.set('oci:/others:run-amd64', await debianImage());
  await expect(run(setup, ways('oci:/others'))).rejects.toMatchObject({ code: 'STACK_UNFIT' });
});

test('resolveHalf() stands on the public image under its own name, with a warning, as no root', async () => {
  const setup = await setUp();
  const image = await debianImage();
  setup.places.set('docker://docker.io/library/debian:trixie-slim', image);
  setup.places.set(`docker://docker.io/library/debian:trixie-slim@${image.digest}`, image);
  const found = await run(setup, setup.options);
  expect(found).toMatchObject({
    name: 'docker.io/library/debian:trixie-slim',
    reference: `docker.io/library/debian@${image.digest}`,
    value: `docker.io/library/debian@${image.digest}`,
    isOther: true,
  });
  expect(found.image.config.config).toMatchObject({ User: '1002:1000', Env: ['PATH=/usr/bin', 'HOME=/tmp'] });
  expect(found.image.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
  expect(setup.events).toContainEqual(
    expect.objectContaining({
      type: 'warning',
      message: expect.stringMatching(
        /docker.io\/library\/debian:trixie-slim in place of the run image of stack "tiny"/,
      ),
      hint: expect.stringContaining('--debian-mirror URL'),
    }),
  );
  expect((await run(setup, { ...setup.options, pinned: found.value })).value).toBe(found.value);
});

test('resolveHalf() shows all ways as commands when none is left', async () => {
  const setup = await setUp();
  const failure: unknown = await run(setup, setup.options).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'PACKAGES_UNAVAILABLE',
    message: 'Cannot make the run image of stack "tiny"',
    detail: expect.stringContaining('Cannot reach docker://docker.io/library/debian:trixie-slim'),
  });
  const { hint = '' } = failure as TsbuildpackError;
  for (const way of [
    '--debian-mirror URL',
    'tsbuildpack stack build tiny --output',
    '--stack-image tiny=',
    '--run-image IMAGE',
  ])
    expect(hint).toContain(way);
});
