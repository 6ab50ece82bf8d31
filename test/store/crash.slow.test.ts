import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { storeUserProgram } from './child-program.ts';
import { temporaryDir, temporaryStore } from './temporary-store.ts';

test('builds that are killed at any moment, with prunes beside them, leave a store that works', async () => {
  const dir = temporaryDir();
  const program = await storeUserProgram();
  const done = join(temporaryDir(), 'done');
  const start = (...args: string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pruners = ['a', 'b'].map(() => start('prune', dir, done));
  const survivor = async (): Promise<unknown> => {
    const [status] = await once(start('build', dir, 'survivor'), 'exit');
    return status;
  };
  const victims = async (seed: string): Promise<void> => {
    for (let round = 0; round < 15; round += 1) {
      const child = start('build', dir, seed);
      const exit = once(child, 'exit');
      await delay(40 + Math.random() * 250);
      child.kill('SIGKILL');
      await exit;
    }
  };
  const [status] = await Promise.all([survivor(), victims('x'), victims('y')]);
  expect(status).toBe(0);
  writeFileSync(done, '');
  const pruned = await Promise.all(pruners.map(async (child) => (await once(child, 'exit'))[0] as unknown));
  expect(pruned).toEqual([0, 0]);
  const { store } = await temporaryStore(dir);
  for (const { name } of await store.images.list()) expect(await store.images.get(name)).toBeDefined();
  expect((await store.images.list()).map(({ name }) => name)).toContain('app-survivor');
  expect(await store.verify()).toMatchObject({ corrupt: [] });
  expect((await store.info()).kinds.find(({ kind }) => kind === 'temporary')).toMatchObject({ sizeBytes: 0 });
});
