import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { RootDirectories } from '../../src/environment/root-directories.ts';
import { makeRootDirectories } from '../../src/environment/root-directories.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let base: string;

beforeEach(() => {
  base = temporaryDirectory('tsbuildpack-rootdirs');
});

async function made(): Promise<RootDirectories> {
  const result = await makeRootDirectories({ base });
  if ('refused' in result) throw new Error(result.refused);
  return result;
}

test('makeRootDirectories() leaves nothing behind', async () => {
  const directories = await made();
  const { dirs } = directories;
  expect(dirs.buildpacks).toBe(join(base, 'cnb/buildpacks'));
  for (const dir of Object.values(dirs)) writeFileSync(join(dir, 'file'), '');
  expect(readdirSync(dirs.app)).toEqual(['file']);
  await directories.close();
  expect(readdirSync(base)).toEqual([]);
});

test.each(['workspace', 'layers', 'platform', 'cnb'])("makeRootDirectories() refuses somebody's %s", async (name) => {
  mkdirSync(join(base, name));
  expect(await makeRootDirectories({ base })).toEqual({
    refused: `"${join(base, name)}" exists and was not made by tsbuildpack`,
  });
  expect(readdirSync(base)).toEqual([name]);
});

test('makeRootDirectories() refuses a symlink, even one that leads nowhere', async () => {
  symlinkSync('/nonexistent', join(base, 'layers'));
  expect(await makeRootDirectories({ base })).toHaveProperty('refused');
});

test('makeRootDirectories() takes over what a killed build has left, but not a directory made since', async () => {
  const killed = await made();
  writeFileSync(join(killed.dirs.layers, 'left'), '');
  // What a killed process leaves is all of it but a lock that counts.
  rmSync(join(base, '.tsbuildpack.lock'), { recursive: true });
  const second = await made();
  expect(readdirSync(second.dirs.layers)).toEqual(['left']);
  rmSync(join(base, '.tsbuildpack.lock'), { recursive: true });
  rmSync(second.dirs.layers, { recursive: true });
  // Keeps the next directory from getting the freed inode.
  mkdirSync(join(base, 'taken'));
  mkdirSync(second.dirs.layers);
  expect(await makeRootDirectories({ base })).toEqual({
    refused: `"${second.dirs.layers}" exists and was not made by tsbuildpack`,
  });
  await second.close();
  expect(existsSync(second.dirs.layers)).toBe(true);
  await killed.close();
});

test('makeRootDirectories() lets one build at a time have them', async () => {
  const first = await made();
  let waited = 0;
  const second = makeRootDirectories({ base, onWait: (pid) => (waited = pid) });
  await delay(50);
  expect(waited).toBe(process.pid);
  await first.close();
  const result = await second;
  expect(result).toHaveProperty('dirs');
  if ('dirs' in result) await result.close();
});

test('makeRootDirectories() says when the place cannot be written', async () => {
  expect(await makeRootDirectories({ base: join(base, 'missing') })).toEqual({
    refused: `no directory can be made in "${join(base, 'missing')}" (ENOENT)`,
  });
});
