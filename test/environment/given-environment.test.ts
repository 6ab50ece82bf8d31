import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { childFiles } from '../../src/buildpack/child-files.ts';
import { readEnvDir } from '../../src/buildpack/read-env-dir.ts';
import type { BuildEnvironment } from '../../src/environment/build-environment.ts';
import { givenEnvironment } from '../../src/environment/given-environment.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDirectory('given');
});

async function open(): Promise<BuildEnvironment> {
  const [app = '', layers = '', platform = '', buildpacks = ''] = ['app', 'layers', 'platform', 'buildpacks'].map(
    (name) => {
      mkdirSync(join(dir, name));
      return join(dir, name);
    },
  );
  return await givenEnvironment(
    { app, layers, platform, buildpacks, home: dir },
    { target: { os: 'linux', arch: 'amd64' } },
  );
}

test('directories are in the image where they are, and only the temporary one is removed [LYR-17]', async () => {
  const environment = await open();
  const { paths } = environment;
  for (const { host, inside, image } of [paths.app, paths.layers, paths.platform])
    expect([inside, image]).toEqual([host, host]);
  const { stdout } = await environment.exec(['/bin/sh', '-c', 'pwd; env'], {
    env: { ONLY: 'this' },
    cwd: paths.app.inside,
  });
  expect(stdout.split('\n')).toEqual(expect.arrayContaining([paths.app.host, 'ONLY=this']));
  expect(stdout).not.toContain('HOME=');
  await environment.close();
  expect([existsSync(paths.tmp.host), existsSync(paths.app.host)]).toEqual([false, true]);
});

test('links of buildpacks may lead anywhere, because nothing is hidden from them [ENV-16]', async () => {
  const environment = await open();
  const env = join(environment.paths.layers.host, 'env');
  mkdirSync(env);
  writeFileSync(join(dir, 'outside'), 'value');
  symlinkSync(join(dir, 'outside'), join(env, 'LINKED'));
  symlinkSync(dir, join(env, 'DIRECTORY'));
  expect(readEnvDir(env, childFiles(environment.paths))).toEqual([{ name: 'LINKED', content: 'value' }]);
  await environment.close();
});
