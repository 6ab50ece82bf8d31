import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { BuildOptions } from '../../src/platform/build-options.ts';
import { prepareProject, type Project } from '../../src/platform/project.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDirectory('project');
  mkdirSync(join(dir, 'app'));
});

const head = '[_]\nschema-version = "0.3"\n';

function prepare(options: Partial<BuildOptions> = {}, env: Readonly<Record<string, string>> = {}): Promise<Project> {
  const lists = { tags: [], outputs: [], buildpacks: [], preBuildpacks: [], postBuildpacks: [], env: [], envFiles: [] };
  return prepareProject(
    { directory: 'app', push: false, labels: [], clearCache: false, ...lists, ...options },
    {
      cwd: dir,
      env: { HOME: dir, ...env },
      report: () => undefined,
      now: () => new Date(),
      signal: new AbortController().signal,
    },
  );
}

test('the descriptor is project.toml of the application, or the one that is named [PRJ-01]', async () => {
  writeFileSync(join(dir, 'app', 'project.toml'), `${head}id = "in-the-app"\n`);
  writeFileSync(join(dir, 'other.toml'), `${head}id = "named"\n`);
  expect((await prepare()).descriptor?.id).toBe('in-the-app');
  expect((await prepare({ descriptor: 'other.toml' })).descriptor?.id).toBe('named');
  await expect(prepare({ descriptor: 'nowhere.toml' })).rejects.toMatchObject({ code: 'DESCRIPTOR_INVALID' });
  rmSync(join(dir, 'app', 'project.toml'));
  expect((await prepare()).descriptor).toBeUndefined();
});

test('variables and buildpacks for the execution environment of the build count, wherever it is said [PRJ-13] [ENV-28]', async () => {
  const variable = (name: string, execEnv: string): string =>
    `[[io.buildpacks.build.env]]\nname = "${name}"\nvalue = "1"\nexec-env = ["${execEnv}"]\n`;
  const text = `${head}${variable('FOR_TEST', 'test')}${variable('FOR_PRODUCTION', 'production')}`;
  const file = join(dir, 'app', 'project.toml');
  writeFileSync(file, text);
  expect(Object.keys((await prepare()).variables)).toEqual(['FOR_PRODUCTION']);
  expect(Object.keys((await prepare({ execEnv: 'test' })).variables)).toEqual(['FOR_TEST']);
  expect(Object.keys((await prepare({}, { TSBUILDPACK_EXEC_ENV: 'test' })).variables)).toEqual(['FOR_TEST']);
  writeFileSync(file, `${text}[dev.tsbuildpack]\nexec-env = "test"\n`);
  expect(Object.keys((await prepare()).variables)).toEqual(['FOR_TEST']);
  await expect(prepare({ execEnv: 'a/b' })).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
});
