import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { acquireLock, withLock } from '../../src/fs/lock.ts';
import { isRunning, ownIdentity } from '../../src/fs/process-identity.ts';

function newLock(): string {
  return join(temporaryDirectory('lock'), 'lock');
}

test('acquireLock() lets one in at a time and leaves nothing behind', async () => {
  const path = newLock();
  let inside = 0;
  let most = 0;
  let entered = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    entered += 1;
    most = Math.max(most, inside);
    await delay(2);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 12 }, () => withLock(path, work)));
  expect({ most, entered }).toEqual({ most: 1, entered: 12 });
  expect(existsSync(path)).toBe(false);
});

test('acquireLock() lets shared owners in together and keeps exclusive ones out meanwhile', async () => {
  const path = newLock();
  const first = await acquireLock(path, { mode: 'shared' });
  const second = await acquireLock(path, { mode: 'shared' });
  const waited: number[] = [];
  const exclusive = acquireLock(path, { onWait: (pid) => waited.push(pid) });
  await delay(50);
  expect(waited).toEqual([process.pid]);
  first.release();
  second.release();
  (await exclusive).release();
});

test('acquireLock() stops waiting when aborted, with the reason', async () => {
  const path = newLock();
  const lock = await acquireLock(path);
  const controller = new AbortController();
  const waiting = acquireLock(path, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  lock.release();
  lock.release();
  (await acquireLock(path)).release();
});

test('acquireLock() takes over from a process that has died, also when its id is in use again', async () => {
  const path = newLock();
  const { space } = ownIdentity();
  const dead = spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout.trim();
  mkdirSync(path);
  writeFileSync(join(path, `x-${dead}-12345-${space}-aaaaaaaaaaaa`), '');
  writeFileSync(join(path, `x-${process.pid}-1-${space}-bbbbbbbbbbbb`), '');
  const lock = await acquireLock(path, { onWait: () => expect.unreachable('must not wait') });
  expect(readdirSync(path)).toHaveLength(1);
  lock.release();
});

test('acquireLock() waits for an owner in another container until its heartbeat stops', async () => {
  const path = newLock();
  mkdirSync(path);
  const file = join(path, 'x-1-12345-0123456789abcdef-aaaaaaaaaaaa');
  writeFileSync(file, '');
  const waited: number[] = [];
  const waiting = acquireLock(path, { onWait: (pid) => waited.push(pid) });
  await delay(30);
  expect(waited).toEqual([1]);
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(file, longAgo, longAgo);
  (await waiting).release();
});

test('isRunning() tells a running process from one that has ended', async () => {
  const child = spawn('sleep', ['600']);
  const { readFileSync } = await import('node:fs');
  const startTime = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[19]!;
  const identity = { pid: child.pid!, startTime, space: ownIdentity().space };
  expect(isRunning(identity)).toBe(true);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(isRunning(identity)).toBe(false);
  expect(isRunning({ ...identity, space: 'another' })).toBe('unknown');
});
