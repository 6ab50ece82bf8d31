// `npm run corpus`: makes applications from the npm registry, builds and starts them, and writes docs/corpus.md.
// `npm run corpus -- --only nest,astro` tries some and writes nothing. `--dir DIR` keeps the applications and the store there.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusApps } from './corpus/apps.ts';
import type { CorpusApp } from './corpus/corpus-app.ts';
import { corpusTable } from './corpus/corpus-table.ts';
import { makeApp } from './corpus/make-app.ts';
import { tryApp, type Trial } from './corpus/try-app.ts';
import { repositoryRoot } from './repository-root.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, dir: { type: 'string' } } });
const names = values.only?.split(',');
const chosen = corpusApps.filter(({ name }) => names === undefined || names.includes(name));
// Outside of the checkout: git's work tree decides what belongs to an application.
const dir = resolve(values.dir ?? mkdtempSync(join(tmpdir(), 'tsbuildpack-corpus-')));
const apps = join(dir, 'apps');
mkdirSync(apps, { recursive: true });
console.log(`Applications, logs and the store are in ${dir}`);

const trials: Trial[] = [];
for (const app of chosen) {
  const trial = await tryOne(app);
  trials.push(trial);
  const { problem, buildSeconds, startSeconds = 0 } = trial;
  console.log(
    `${problem === undefined ? 'ok  ' : 'FAIL'} ${app.name} (${buildSeconds.toFixed(1)} s, start ${startSeconds.toFixed(1)} s) ${problem ?? ''}`,
  );
}

if (names === undefined) {
  const machine = `a virtual machine with ${availableParallelism()} processors and ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(repositoryRoot, 'docs', 'corpus.md'), corpusTable(trials, { date, machine }));
}
process.exitCode = trials.every(({ problem }) => problem === undefined) ? 0 : 1;

async function tryOne(app: CorpusApp): Promise<Trial> {
  const log = join(dir, `${app.name}.log`);
  writeFileSync(log, '');
  try {
    const folder = await makeApp(app, { dir: apps, log });
    return await tryApp(app, {
      command: [process.execPath, join(repositoryRoot, 'dist', 'cli.js')],
      folder,
      log,
      env: { TSBUILDPACK_STORE: join(dir, 'store') },
    });
  } catch (error) {
    return { app, built: false, buildSeconds: 0, problem: error instanceof Error ? error.message : String(error) };
  }
}
