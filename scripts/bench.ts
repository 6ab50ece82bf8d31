// `npm run bench [-- --files N --rounds N --only layers|builds]`: layers and builds against shell pipelines that do the same work, in the same minutes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, type Contender } from './bench/compare.ts';
import { generateApp } from './bench/generate-app.ts';
import { layerScenarios } from './bench/layer-scenarios.ts';
import { buildPackage } from './build/build-package.ts';
import { repositoryRoot } from './repository-root.ts';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);

if (values.only !== 'layers') await buildPackage(repositoryRoot);
const work = mkdtempSync(join(tmpdir(), 'tsbuildpack-bench-'));
try {
  const app = join(work, 'app');
  const store = join(work, 'store');
  const { files, bytes } = generateApp(app, Number(values.files));
  console.log(`An application of ${files} files, ${(bytes / 2 ** 20).toFixed(0)} MiB, and a program of 11 MB\n`);

  if (values.only !== 'builds') {
    for (const comparison of await layerScenarios(app, work)) compare(comparison, rounds);
  }
  if (values.only !== 'layers') compareBuilds(app, store);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function compareBuilds(app: string, store: string): void {
  const build: Contender = {
    name: 'tsbuildpack build',
    argv: [process.execPath, join(repositoryRoot, 'dist', 'cli.js'), 'build', app, '-t', 'bench', '--store', store],
  };
  const shell = (name: string, script: string): Contender => ({ name, argv: ['bash', '-o', 'pipefail', '-c', script] });
  compare(
    {
      scenario: 'Cold: nothing is in the store',
      ours: { ...build, before: () => rmSync(store, { recursive: true, force: true }) },
      baseline: shell('tar | pigz -1', `tar --sort=name -C '${app}' -cf - . | pigz -1 >'${work}/layer.tar.gz'`),
    },
    rounds,
  );
  compare(
    {
      scenario: 'Unchanged: the same build again',
      ours: build,
      baseline: shell('find | openssl dgst', `find '${app}' -printf '%p %m %s %T@ %C@ %i\\n' | openssl dgst -sha256`),
    },
    rounds,
  );
}
