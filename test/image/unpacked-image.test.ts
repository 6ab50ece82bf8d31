import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackedImage } from '../../src/image/unpacked-image.ts';
import type { Layer } from '../../src/layer/layer.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { directory, file, link, tarOf } from '../layer/support/hostile-tar.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = temporaryDirectory('tsbuildpack-unpacked');
  store = await openStore(join(folder, 'store'), { report: () => undefined });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const report = (): undefined => undefined;

function layerOf(entries: readonly TarEntry[], opened: () => void = () => undefined): Layer {
  const bytes = tarOf(entries);
  const digest = digestOf(bytes);
  const open = async (): Promise<Readable> => {
    opened();
    return Readable.from([bytes], { objectMode: false });
  };
  return { mediaType: mediaTypes.ociLayer, digest, diffId: digest, sizeBytes: bytes.length, open };
}

function modeOf(path: string): number {
  return lstatSync(path).mode & 0o7777;
}

test('unpackedImage() unpacks once, for everybody who asks at the same time and later', async () => {
  let openings = 0;
  const image = { layers: [layerOf([directory('etc'), file('etc/x', 'text')], () => (openings += 1))] };
  const other = await openStore(store.dir, { report });
  const dirs = await Promise.all([store, other, store].map((one) => unpackedImage(image, one, { report })));
  dirs.push(await unpackedImage(image, store, { report }));
  other.close();
  expect(new Set(dirs).size).toBe(1);
  expect(openings).toBe(1);
  expect(readFileSync(join(dirs[0]!, 'etc/x'), 'utf8')).toBe('text');
});

test('unpackedImage() gives everything to the caller, readable and without set-user-id bits', async () => {
  const entries = [
    { ...directory('root', 0o000), uid: 4, gid: 4 },
    { ...file('root/key', 'text', 0o000), uid: 4, gid: 4 },
    file('su', 'text', 0o4755),
    directory('tmp', 0o1777),
  ];
  const dir = await unpackedImage({ layers: [layerOf(entries)] }, store, { report });
  expect(modeOf(join(dir, 'root'))).toBe(0o500);
  expect(modeOf(join(dir, 'root/key'))).toBe(0o400);
  expect(modeOf(join(dir, 'su'))).toBe(0o755);
  expect(modeOf(join(dir, 'tmp'))).toBe(0o1777);
  expect(lstatSync(join(dir, 'root/key')).uid).toBe(process.getuid?.());
});

test('unpackedImage() makes places for mounts, inside whatever the links of the image say', async () => {
  const entries = [directory('real'), link('symlink', 'etc', '/real'), link('symlink', 'home', '../../../..')];
  const mountPoints = { files: ['/etc/hosts', '/etc/passwd'], directories: ['/home/cnb', '/var/tmp'] };
  const image = { layers: [layerOf([...entries, file('real/passwd', 'its own')])] };
  const dir = await unpackedImage(image, store, { report, mountPoints });
  expect(readFileSync(join(dir, 'real/hosts'), 'utf8')).toBe('');
  expect(readFileSync(join(dir, 'real/passwd'), 'utf8')).toBe('its own');
  expect(lstatSync(join(dir, 'cnb')).isDirectory() && lstatSync(join(dir, 'var/tmp')).isDirectory()).toBe(true);
  const plain = await unpackedImage(image, store, { report });
  expect(plain).not.toBe(dir);
  expect(existsSync(join(plain, 'real/hosts'))).toBe(false);
});

test('unpackedImage() keeps nothing of an image that cannot be unpacked', async () => {
  const broken = { ...layerOf([file('x')]), diffId: digestOf(Buffer.from('something else')) };
  await expect(unpackedImage({ layers: [broken] }, store, { report })).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
  expect(readdirSync(join(store.dir, 'v1/rootfs')).filter((name) => !name.endsWith('.used'))).toEqual([]);
  expect(
    readdirSync(join(store.dir, 'v1/tmp')).flatMap((name) => readdirSync(join(store.dir, 'v1/tmp', name))),
  ).toEqual([]);
});
