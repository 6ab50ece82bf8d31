import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../scripts/repository-root.ts';
import { nodeBinary } from './test-tools.ts';

const rounds = 20;
// A heavy library on the way (a schema library, an HTTP client) costs 50 ms and more; the noise of a busy machine, up to 20.
const noiseMs = 20;

function timeMs(argv: readonly string[]): number {
  const [file = '', ...args] = argv;
  const start = performance.now();
  // Without NODE_EXTRA_CA_CERTS, whose certificates Node reads before it runs anything.
  const { status } = spawnSync(file, args, { env: { PATH: '/usr/bin:/bin' }, stdio: 'ignore' });
  expect(status).toBe(0);
  return performance.now() - start;
}

// The minima of runs taken in turn: load by others only ever adds.
test.each([
  { node: 20, option: '--version', budgetMs: 15 },
  { node: 24, option: '--version', budgetMs: 15 },
  { node: 20, option: '--help', budgetMs: 25 },
] as const)(
  'tsbuildpack $option on Node $node costs at most $budgetMs ms over a bare node',
  ({ node, option, budgetMs }) => {
    const folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-startup-'));
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, '');
    const bare: number[] = [];
    const ours: number[] = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(timeMs([nodeBinary(node), empty]));
      ours.push(timeMs([nodeBinary(node), join(repositoryRoot, 'dist', 'cli.js'), option]));
    }
    rmSync(folder, { recursive: true });
    expect(Math.min(...ours) - Math.min(...bare)).toBeLessThanOrEqual(budgetMs + noiseMs);
  },
);
