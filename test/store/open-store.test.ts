import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultStoreDir } from '../../src/store/default-store-dir.ts';
import { openStore } from '../../src/store/open-store.ts';
import { storeError } from '../../src/store/store-error.ts';
import { storeUserProgram } from './child-program.ts';
import { temporaryDir, temporaryStore } from './temporary-store.ts';

const report = (): void => undefined;

test.each([
  { env: { TSBUILDPACK_STORE: '/own', XDG_CACHE_HOME: '/cache', HOME: '/home/u' }, dir: '/own' },
  { env: { XDG_CACHE_HOME: '/cache', HOME: '/home/u' }, dir: '/cache/tsbuildpack' },
  { env: { XDG_CACHE_HOME: 'relative', HOME: '/home/u' }, dir: '/home/u/.cache/tsbuildpack' },
  { env: { TSBUILDPACK_STORE: '', XDG_CACHE_HOME: '', HOME: '/home/u' }, dir: '/home/u/.cache/tsbuildpack' },
])('defaultStoreDir() gives $dir', ({ env, dir }) => {
  expect(defaultStoreDir(env)).toBe(dir);
});

test('openStore() makes a store in a new directory and opens it again', async () => {
  const dir = join(temporaryDir(), 'a/b');
  const { store } = await temporaryStore(dir);
  const digest = await store.blobs.putBytes(Buffer.from('kept'));
  store.close();
  const { store: again } = await temporaryStore(dir);
  expect(await again.blobs.has(digest)).toBe(true);
  expect(JSON.parse(readFileSync(join(dir, 'tsbuildpack-store.json'), 'utf8'))).toEqual({ format: 1 });
});

test('openStore() refuses a newer format and says what to do', async () => {
  const dir = temporaryDir();
  writeFileSync(join(dir, 'tsbuildpack-store.json'), '{"format":2}');
  await expect(openStore(dir, { report })).rejects.toMatchObject({
    code: 'STORE_UNUSABLE',
    message: `Cannot use the store "${dir}": its format is 2, this version of tsbuildpack knows 1`,
    hint: expect.stringContaining('Update tsbuildpack'),
  });
  expect(readdirSync(dir)).toEqual(['tsbuildpack-store.json']);
});

test('openStore() uses a store of an older format and leaves what that kept', async () => {
  const dir = temporaryDir();
  mkdirSync(join(dir, 'v0'));
  writeFileSync(join(dir, 'tsbuildpack-store.json'), '{"format":0}');
  await temporaryStore(dir);
  expect(readdirSync(dir).toSorted()).toEqual(['tsbuildpack-store.json', 'v0', 'v1']);
});

test('openStore() refuses a directory that is somebody else’s and writes nothing into it', async () => {
  const dir = temporaryDir();
  writeFileSync(join(dir, 'main.go'), '');
  writeFileSync(join(dir, 'go.mod'), '');
  await expect(openStore(dir, { report })).rejects.toMatchObject({
    code: 'STORE_UNUSABLE',
    message: expect.stringContaining('it is not one, and holds "go.mod" and 1 more'),
  });
  expect(readdirSync(dir)).toEqual(['go.mod', 'main.go']);
});

test('openStore() finishes a store whose first preparation was interrupted', async () => {
  const dir = temporaryDir();
  mkdirSync(join(dir, 'v1/blobs'), { recursive: true });
  writeFileSync(join(dir, '.tmp-tsbuildpack-store.json-1-abc'), '');
  await temporaryStore(dir);
  expect(existsSync(join(dir, 'tsbuildpack-store.json'))).toBe(true);
});

test('openStore() refuses a damaged format file', async () => {
  const dir = temporaryDir();
  writeFileSync(join(dir, 'tsbuildpack-store.json'), '{');
  await expect(openStore(dir, { report })).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
});

test('openStore() names --store when the place is a file', async () => {
  const file = join(temporaryDir(), 'file');
  writeFileSync(file, '');
  await expect(openStore(file, { report })).rejects.toMatchObject({
    code: 'STORE_UNUSABLE',
    hint: 'Choose another directory with --store DIR or TSBUILDPACK_STORE',
  });
});

test('openStore() names --store when an ordinary user may not write there', async () => {
  const dir = temporaryDir();
  chmodSync(dir, 0o555);
  // Permissions do not stop root, so the child gives that up.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawnSync(process.execPath, [await storeUserProgram(), 'open', join(dir, 'store')], {
    encoding: 'utf8',
    ...user,
  });
  expect(child.status).toBe(1);
  expect(child.stderr).toBe(`STORE_UNUSABLE Cannot use the store "${dir}/store": permission is denied\n`);
});

test.each([
  { code: 'ENOSPC', expected: 'DISK_FULL' },
  { code: 'EDQUOT', expected: 'DISK_FULL' },
  { code: 'EROFS', expected: 'STORE_UNUSABLE' },
  { code: 'EACCES', expected: 'STORE_UNUSABLE' },
])('storeError() turns $code into $expected', ({ code, expected }) => {
  const error = Object.assign(new Error(`${code}: write`), { code });
  expect(storeError(error, '/store')).toMatchObject({ code: expected, cause: error });
});

test('storeError() leaves other errors alone', () => {
  const error = new Error('something else');
  expect(storeError(error, '/store')).toBe(error);
});
