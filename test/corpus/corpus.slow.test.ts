import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { corpusApps } from '../../scripts/corpus/apps.ts';
import { makeApp } from '../../scripts/corpus/make-app.ts';
import { tryApp } from '../../scripts/corpus/try-app.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { sharedDirectory } from '../temporary-directory.ts';

const dir = sharedDirectory('tsbuildpack-corpus');

afterAll(() => {
  // What is in the store is read-only.
  spawnSync('chmod', ['-R', 'u+w', dir]);
  rmSync(dir, { recursive: true, force: true });
});

const inCi = corpusApps.filter((app) => app.inCi === true);

test('the corpus has applications enough, each with a name of its own', () => {
  expect(new Set(corpusApps.map(({ name }) => name)).size).toBe(corpusApps.length);
  expect(corpusApps.length).toBeGreaterThanOrEqual(20);
  expect(inCi).toHaveLength(6);
});

describe.each(inCi)('$name', (app) => {
  test('is built, starts, answers and stops, or is refused as it should be', async () => {
    const log = join(dir, `${app.name}.log`);
    writeFileSync(log, '');
    const apps = join(dir, 'apps');
    mkdirSync(apps, { recursive: true });
    const folder = await makeApp(app, { dir: apps, log });
    const { problem } = await tryApp(app, {
      command: [process.execPath, join(repositoryRoot, 'dist', 'cli.js')],
      folder,
      log,
      env: { TSBUILDPACK_STORE: join(dir, 'store'), TSBUILDPACK_CACHE_SCOPE: 'corpus' },
    });
    expect(problem, readFileSync(log, 'utf8')).toBeUndefined();
  });
});
