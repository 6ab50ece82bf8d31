import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../scripts/repository-root.ts';
import { nodeBinary } from './test-tools.ts';

const rounds = 20;

/** Milliseconds of processor time: on a busy machine the clock on the wall tells mostly how busy it is. */
function costMs(argv: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null';
  // Without NODE_EXTRA_CA_CERTS, whose certificates Node reads before it runs anything.
  const { status, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...argv], {
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  expect(status).toBe(0);
  const [user = NaN, system = NaN] = stderr.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

// The minima of runs taken in turn: load by others only ever adds. --help reads the definitions of all commands.
test.each([
  { node: 20, option: '--version', budgetMs: 15 },
  { node: 24, option: '--version', budgetMs: 15 },
  { node: 20, option: '--help', budgetMs: 40 },
] as const)('tsbuildpack $option on Node $node costs at most $budgetMs ms over a bare node', (budget) => {
  const { node, option, budgetMs } = budget;
  const folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-startup-'));
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const bare: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(costMs([nodeBinary(node), empty]));
    ours.push(costMs([nodeBinary(node), join(repositoryRoot, 'dist', 'cli.js'), option]));
  }
  rmSync(folder, { recursive: true });
  expect(Math.min(...bare)).toBeGreaterThan(1);
  expect(Math.min(...ours) - Math.min(...bare)).toBeLessThanOrEqual(budgetMs);
});
