import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'locks-'));
const program = join(root, 'program.mjs');

/** Adds one to a file under the lock, slowly, as often as told: without the lock, increments get lost. */
const source = `
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { withLock } from './lock.ts';
const [lock, counter, times] = process.argv.slice(2);
for (let count = 0; count < Number(times); count += 1) {
  await withLock(lock, async () => {
    const before = Number(readFileSync(counter, 'utf8'));
    await delay(1);
    writeFileSync(counter, String(before + 1));
  });
}
`;

beforeAll(async () => {
  await build({
    stdin: { contents: source, resolveDir: join(import.meta.dirname, '../../src/fs'), loader: 'ts' },
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
});

function start(args: readonly string[]): { ended: Promise<number | null>; kill(): void } {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { ended, kill: () => child.kill('SIGKILL') };
}

test('withLock() lets one process in at a time', async () => {
  const [lock, counter] = [join(root, 'lock'), join(root, 'counter')];
  writeFileSync(counter, '0');
  const codes = await Promise.all(Array.from({ length: 6 }, () => start([lock, counter, '30']).ended));
  expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(counter, 'utf8')).toBe('180');
  expect(existsSync(lock)).toBe(false);
});

test('withLock() goes on after processes were killed while they had the lock', async () => {
  const [lock, counter] = [join(root, 'lock-killed'), join(root, 'counter-killed')];
  writeFileSync(counter, '0');
  for (let round = 0; round < 5; round += 1) {
    const victims = Array.from({ length: 3 }, () => start([lock, counter, '1000000']));
    await new Promise((resolve) => setTimeout(resolve, 400));
    for (const victim of victims) victim.kill();
    await Promise.all(victims.map(({ ended }) => ended));
    // A killed process may have emptied the file before it wrote.
    writeFileSync(counter, String(Number(readFileSync(counter, 'utf8'))));
  }
  const before = Number(readFileSync(counter, 'utf8'));
  expect(await start([lock, counter, '10']).ended).toBe(0);
  expect(Number(readFileSync(counter, 'utf8'))).toBe(before + 10);
  rmSync(root, { recursive: true });
});
