// `npm run corpus`: makes applications from the npm registry, builds and starts them, and writes docs/corpus.md.
// `--dir DIR` keeps applications, store and outcomes there, and takes the outcomes of an earlier run of what `--only nest,astro` does not
// name; the page is written when there is one of each.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
// Node's layer and npm's cache are made once for all. Two runs at once in one folder need a scope each.
const scope = process.env['TSBUILDPACK_CACHE_SCOPE'] ?? 'corpus';
console.log(`Applications, logs and the store are in ${dir}`);

for (const app of chosen) {
  const trial = await tryOne(app);
  writeFileSync(outcomeFile(app), JSON.stringify(trial));
  const { problem, buildSeconds, startSeconds = 0 } = trial;
  const times = `${buildSeconds.toFixed(1)} s, start ${startSeconds.toFixed(1)} s`;
  console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${app.name} (${times}) ${problem ?? ''}`);
}

const trials = corpusApps.filter((app) => existsSync(outcomeFile(app))).map(readOutcome);
if (trials.length === corpusApps.length) {
  const machine = `a virtual machine with ${availableParallelism()} processors and ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(repositoryRoot, 'docs', 'corpus.md'), corpusTable(trials, { date, machine }));
}
process.exitCode = trials.every(({ problem }) => problem === undefined) ? 0 : 1;

function outcomeFile({ name }: CorpusApp): string {
  return join(dir, `${name}.outcome.json`);
}

/** With the application as it is written now, not as it was then. */
function readOutcome(app: CorpusApp): Trial {
  const outcome = JSON.parse(readFileSync(outcomeFile(app), 'utf8')) as Trial;
  return { ...outcome, app };
}

async function tryOne(app: CorpusApp): Promise<Trial> {
  const log = join(dir, `${app.name}.log`);
  writeFileSync(log, '');
  try {
    const folder = await makeApp(app, { dir: apps, log });
    return await tryApp(app, {
      command: [process.execPath, join(repositoryRoot, 'dist', 'cli.js')],
      folder,
      log,
      env: { TSBUILDPACK_CACHE_SCOPE: scope, TSBUILDPACK_STORE: join(dir, 'store') },
    });
  } catch (error) {
    return { app, built: false, buildSeconds: 0, problem: error instanceof Error ? error.message : String(error) };
  }
}
