import { existsSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { BuildEnvironment, OpenEnvironmentOptions } from '../../src/environment/build-environment.ts';
import { openEnvironment } from '../../src/environment/open-environment.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(temporaryDirectory('tsbuildpack-mapped'));
});

function mapped(more: Partial<OpenEnvironmentOptions> = {}): Promise<BuildEnvironment> {
  const target = { os: 'linux', arch: 'arm64' };
  const store = join(folder, 'store');
  return openEnvironment({
    isolation: 'mapped',
    root: join(folder, 'scope'),
    store,
    target,
    report: () => undefined,
    ...more,
  });
}

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

test('openEnvironment() mapped: inside is where it is, with a private home and temporary directory', async () => {
  const environment = await mapped();
  const { paths } = environment;
  expect(environment).toMatchObject({
    isolation: 'mapped',
    mechanism: 'mapped directory',
    hides: false,
    target: { arch: 'arm64' },
  });
  expect(environment.host.os).toBe(process.platform);
  expect(paths.layers).toEqual({
    host: join(folder, 'scope/layers'),
    inside: join(folder, 'scope/layers'),
    image: '/layers',
  });
  const { stdout } = await environment.exec(['pwd'], { env, cwd: paths.app.inside });
  expect(stdout).toBe(`${paths.app.host}\n`);
  expect([existsSync(paths.home.host), existsSync(paths.tmp.host)]).toEqual([true, true]);
  await environment.close();
  expect([existsSync(paths.home.host), existsSync(paths.tmp.host), existsSync(paths.layers.host)]).toEqual([
    false,
    false,
    true,
  ]);
});

test("openEnvironment() keeps what a scope has, but nobody's home", async () => {
  const first = await mapped();
  writeFileSync(join(first.paths.layers.host, 'kept'), 'kept');
  writeFileSync(join(first.paths.home.host, 'left'), '');
  const second = await mapped();
  expect(readFileSync(join(second.paths.layers.host, 'kept'), 'utf8')).toBe('kept');
  expect(existsSync(join(second.paths.home.host, 'left'))).toBe(false);
  await second.close();
});

test('openEnvironment() gives real paths, as a child that asks for its directory sees them', async () => {
  symlinkSync(folder, join(folder, 'link'));
  const environment = await mapped({ root: join(folder, 'link/scope') });
  expect(environment.paths.app.inside).toBe(join(folder, 'scope/app'));
  await environment.close();
});

test('close() ends what still runs, and nothing starts after it', async () => {
  const environment = await mapped();
  const cwd = environment.paths.app.inside;
  const running = environment.exec(['sh', '-c', 'echo $$ > pid; sleep 1000'], { env, cwd });
  const failed = running.catch(String);
  while (!existsSync(join(cwd, 'pid'))) await delay(5);
  await environment.close();
  expect(await failed).toContain('the build environment was closed');
  await expect(environment.exec(['true'], { env, cwd })).rejects.toThrow('the build environment was closed');
});

test('exec() stops when the build is stopped', async () => {
  const controller = new AbortController();
  const environment = await mapped({ signal: controller.signal });
  const cwd = environment.paths.app.inside;
  const running = environment.exec(['sleep', '1000'], { env, cwd });
  const failed = running.catch(String);
  controller.abort(new Error('stop'));
  expect(await failed).toBe('Error: stop');
  await environment.close();
});
