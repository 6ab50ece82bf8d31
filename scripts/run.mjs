// Runs a TypeScript file of this repository: `node scripts/run.mjs scripts/check.ts …`.
// Node 20 does not read TypeScript, so esbuild bundles the file first; packages stay outside the bundle.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) throw new Error('Usage: node scripts/run.mjs FILE.ts [ARGUMENT…]');

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Inside node_modules, so that imports of packages resolve and git does not see it.
const cache = join(root, 'node_modules', '.cache', 'tsbuildpack');
mkdirSync(cache, { recursive: true });
const outfile = join(cache, `${basename(entry, '.ts')}.mjs`);
await build({
  entryPoints: [resolve(entry)],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...args], { stdio: 'inherit' });
process.exitCode = status ?? 1;
