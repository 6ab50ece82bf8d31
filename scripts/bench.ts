// `npm run bench [-- --files N --rounds N --only layers|builds]`: layers and builds against shell pipelines that do the same work, in the same
// minutes. TMPDIR says where: on a file system without journal (ext4 of some virtual machines) making files takes many times as long as elsewhere
// for a minute after many were removed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildScenarios } from './bench/build-scenarios.ts';
import { compare } from './bench/compare.ts';
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
  const { files, bytes } = generateApp(app, Number(values.files));
  console.log(`An application of ${files} files, ${(bytes / 2 ** 20).toFixed(0)} MiB, and a program of 11 MB\n`);

  if (values.only !== 'builds') {
    for (const comparison of await layerScenarios(app, work)) compare(comparison, rounds);
  }
  if (values.only !== 'layers') {
    for (const comparison of buildScenarios(app, work)) compare(comparison, rounds);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
