import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { spawnLines } from '../../src/fs/spawn.ts';

const env = { PATH: process.env['PATH'] };

function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('spawnLines() gives lines as they arrive and both streams in the result', async () => {
  const lines: string[] = [];
  const result = await spawnLines(['sh', '-c', 'printf "a\\nb\\r\\nlast"; echo oops >&2; exit 3'], {
    env,
    onLine: (line, stream) => lines.push(`${stream}:${line}`),
  });
  expect(result).toEqual({ exitCode: 3, stdout: 'a\nb\r\nlast', stderr: 'oops\n', truncated: false });
  expect(lines.toSorted()).toEqual(['stderr:oops', 'stdout:a', 'stdout:b', 'stdout:last']);
});

test('spawnLines() does not cut characters that arrive in two chunks', async () => {
  const lines: string[] = [];
  const script =
    'process.stdout.write(Buffer.from([0xc3])); setTimeout(() => process.stdout.write(Buffer.from([0xbc, 10])), 50)';
  await spawnLines([process.execPath, '-e', script], { env, onLine: (line) => lines.push(line) });
  expect(lines).toEqual(['ü']);
});

test('spawnLines() gives the child nothing but the environment it is told', async () => {
  const { stdout } = await spawnLines([process.execPath, '-p', 'JSON.stringify(process.env)'], {
    env: { ONLY: 'this' },
  });
  expect(JSON.parse(stdout)).toEqual({ ONLY: 'this' });
});

test('spawnLines() feeds input and survives a child that does not read it', async () => {
  expect((await spawnLines(['cat'], { env, input: 'hello' })).stdout).toBe('hello');
  expect((await spawnLines(['true'], { env, input: 'x'.repeat(1 << 20) })).exitCode).toBe(0);
});

test('spawnLines() reports death by a signal as 128 + its number', async () => {
  expect((await spawnLines(['sh', '-c', 'kill -9 $$'], { env })).exitCode).toBe(137);
});

test('spawnLines() keeps the last bytes of a long output', async () => {
  const { stdout, truncated } = await spawnLines(['sh', '-c', 'seq 1 100000'], { env, maxCollectBytes: 12 });
  expect(stdout).toBe('99999\n100000\n'.slice(-12));
  expect(truncated).toBe(true);
});

test.each([
  {
    what: 'a program that is not on PATH',
    argv: ['no-such-program-here'],
    code: 'COMMAND_NOT_FOUND',
    text: 'not on PATH',
  },
  { what: 'a path that does not exist', argv: ['/no/such'], code: 'COMMAND_NOT_FOUND', text: 'does not exist' },
  {
    what: 'a file that is not executable',
    argv: ['/etc/passwd'],
    code: 'COMMAND_NOT_EXECUTABLE',
    text: 'not executable',
  },
])('spawnLines() names $what', async ({ argv, code, text }) => {
  await expect(spawnLines(argv, { env })).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
});

test('spawnLines() names a working directory that does not exist', async () => {
  await expect(spawnLines(['true'], { env, cwd: '/no/such/dir' })).rejects.toMatchObject({
    code: 'COMMAND_NOT_FOUND',
    message: expect.stringContaining('"/no/such/dir"'),
  });
});

test('spawnLines() stops the whole process group when aborted and rejects with the reason', async () => {
  const dir = temporaryDirectory('spawn');
  const controller = new AbortController();
  const reason = new Error('enough');
  const script = `sleep 600 & echo $! > ${dir}/pid; echo ready; wait`;
  const run = spawnLines(['sh', '-c', script], {
    env,
    signal: controller.signal,
    onLine: () => controller.abort(reason),
  });
  await expect(run).rejects.toBe(reason);
  const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
  for (let i = 0; i < 50 && isRunning(pid); i += 1) await delay(20);
  expect(isRunning(pid)).toBe(false);
});

test('spawnLines() does not start anything when already aborted', async () => {
  const dir = temporaryDirectory('spawn');
  writeFileSync(join(dir, 'file'), 'kept');
  await expect(
    spawnLines(['rm', join(dir, 'file')], { env, signal: AbortSignal.abort(new Error('no')) }),
  ).rejects.toThrow('no');
  expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('kept');
});

test('spawnLines() does not wait for ever for a background process that keeps the output open', async () => {
  const { exitCode, stdout } = await spawnLines(['sh', '-c', 'sleep 600 & echo $!; exit 4'], { env });
  expect(exitCode).toBe(4);
  const pid = Number(stdout);
  for (let i = 0; i < 50 && isRunning(pid); i += 1) await delay(20);
  expect(isRunning(pid)).toBe(false);
});
