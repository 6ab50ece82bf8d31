import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storeUserProgram } from './child-program.ts';
import { temporaryDir, temporaryStore } from './temporary-store.ts';

test('toolchains.ensure() fills once, makes files read-only and can be pruned', async () => {
  const { store, advance } = await temporaryStore();
  let filled = 0;
  const fill = async (dir: string): Promise<void> => {
    filled += 1;
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/go'), 'go', { mode: 0o755 });
  };
  const dir = await store.toolchains.ensure('go 1.26/linux', fill);
  expect(await store.toolchains.ensure('go 1.26/linux', fill)).toBe(dir);
  expect(await store.toolchains.ensure('go_1.26/linux', fill)).not.toBe(dir);
  expect(filled).toBe(2);
  expect(statSync(join(dir, 'bin/go')).mode & 0o777).toBe(0o555);
  advance(1000);
  expect((await store.prune()).removed.map(({ kind }) => kind)).toEqual(['toolchain', 'toolchain']);
  expect(existsSync(dir)).toBe(false);
});

test('toolchains.ensure() keeps nothing when filling fails', async () => {
  const { store, dir } = await temporaryStore();
  const broken = async (place: string): Promise<void> => {
    writeFileSync(join(place, 'half'), '');
    throw new Error('checksum mismatch');
  };
  await expect(store.toolchains.ensure('go', broken)).rejects.toThrow('checksum mismatch');
  expect(readdirSync(join(dir, 'v1/toolchains'))).toEqual([]);
  const place = await store.toolchains.ensure('go', async () => undefined);
  expect(readdirSync(place)).toEqual([]);
});

test('toolchains.ensure() in several processes fills once, the others wait', async () => {
  const dir = temporaryDir();
  const log = join(temporaryDir(), 'log');
  const program = await storeUserProgram();
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [program, 'fill', dir, log], { stdio: 'inherit' }),
  );
  const statuses = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as unknown));
  expect(statuses).toEqual([0, 0, 0, 0]);
  expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1);
});
