import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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

/** A contender that is a line of shell; a failure anywhere in it counts. */
export function pipeline(name: string, script: string): Contender {
  return { name, argv: ['bash', '-o', 'pipefail', '-c', script] };
}

/** What one run took, in seconds. */
interface Cost {
  readonly wall: number;
  /** User and system time of all its processes. */
  readonly cpu: number;
}

/**
 * Times both in turn, ours and baseline, and prints medians and the medians of the ratios of the pairs. The ratios are the
 * result: seconds belong to one machine and hour, and runs taken in turn meet the same load. On a busy machine only the
 * processors' time tells something: a pipeline of five processes then gets more of the processors than one process does.
 */
export function compare({ scenario, ours, baseline }: Comparison, rounds: number): void {
  const pairs: { readonly ours: Cost; readonly baseline: Cost }[] = [];
  // One round more, which is not counted, fills the page cache and the compile caches.
  for (let round = 0; round <= rounds; round++) {
    const pair = { ours: cost(ours), baseline: cost(baseline) };
    if (round > 0) pairs.push(pair);
  }
  const show = (name: string, costs: readonly Cost[]): void =>
    console.log(
      `  ${name.padEnd(42)} ${of(costs, 'wall').toFixed(3)} s, ${of(costs, 'cpu').toFixed(2)} s of the processors`,
    );
  const ratios = pairs.map((pair) => ({
    wall: pair.ours.wall / pair.baseline.wall,
    cpu: pair.ours.cpu / pair.baseline.cpu,
  }));
  console.log(scenario);
  show(
    ours.name,
    pairs.map((pair) => pair.ours),
  );
  show(
    baseline.name,
    pairs.map((pair) => pair.baseline),
  );
  const { wall, cpu } = { wall: of(ratios, 'wall').toFixed(2), cpu: of(ratios, 'cpu').toFixed(2) };
  console.log(`  ratio ${wall}, processors ${cpu} (median of ${rounds} pairs; below 1 tsbuildpack is faster)\n`);
}

function of(costs: readonly Cost[], which: keyof Cost): number {
  const sorted = costs.map((one) => one[which]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function cost({ name, argv, before }: Contender): Cost {
  before?.();
  const [file = '', ...args] = argv;
  // NODE_EXTRA_CA_CERTS makes every Node process read certificates before it starts.
  const { NODE_EXTRA_CA_CERTS: _certificates, ...env } = process.env;
  const [start, cpuBefore] = [performance.now(), childrenSeconds()];
  const { status, stderr, error } = spawnSync(file, args, {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${name}: exit status ${String(status)}\n${stderr}`);
  return { wall: (performance.now() - start) / 1000, cpu: childrenSeconds() - cpuBefore };
}

/** Processor time of all children that have ended, in ticks of 10 ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function childrenSeconds(): number {
  // The name of the program, in parentheses, may hold spaces.
  const [cutime, cstime] = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)!.split(' ').slice(13, 15);
  return (Number(cutime) + Number(cstime)) / 100;
}
