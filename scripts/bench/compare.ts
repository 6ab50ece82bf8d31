import { spawnSync } from 'node:child_process';

/** A program or pipeline to time. */
export interface Contender {
  readonly name: string;
  readonly argv: readonly string[];
  /** What has to be so before each run, outside of its time. */
  readonly before?: () => void;
}

export interface Comparison {
  readonly scenario: string;
  readonly ours: Contender;
  readonly baseline: Contender;
}

/**
 * Times both in turn, ours and baseline, and prints medians and the median of the ratios of the pairs. The ratio is the
 * result: seconds belong to one machine and hour, and runs taken in turn meet the same load.
 */
export function compare({ scenario, ours, baseline }: Comparison, rounds: number): void {
  const pairs: { readonly ours: number; readonly baseline: number }[] = [];
  // One round more, which is not counted, fills the page cache and the compile caches.
  for (let round = 0; round <= rounds; round++) {
    const pair = { ours: seconds(ours), baseline: seconds(baseline) };
    if (round > 0) pairs.push(pair);
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const ratio = median(pairs.map((pair) => pair.ours / pair.baseline));
  console.log(scenario);
  console.log(`  ${ours.name.padEnd(36)} ${median(pairs.map((pair) => pair.ours)).toFixed(3)} s`);
  console.log(`  ${baseline.name.padEnd(36)} ${median(pairs.map((pair) => pair.baseline)).toFixed(3)} s`);
  console.log(`  ratio ${ratio.toFixed(2)} (median of ${rounds} pairs; below 1 tsbuildpack is faster)\n`);
}

function seconds({ name, argv, before }: Contender): number {
  before?.();
  const [file = '', ...args] = argv;
  // NODE_EXTRA_CA_CERTS makes every Node process read certificates before it starts.
  const { NODE_EXTRA_CA_CERTS: _certificates, ...env } = process.env;
  const start = performance.now();
  const { status, stderr, error } = spawnSync(file, args, {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${name}: exit status ${String(status)}\n${stderr}`);
  return (performance.now() - start) / 1000;
}
