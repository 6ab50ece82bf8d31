import { spawn } from 'node:child_process';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export interface Step {
  readonly name: string;
  /** Resolves with what it counted; a rejection counts as one failure and its message is printed. */
  run(): Promise<Counts>;
}

interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
}

/** Runs all steps, also after a failure, prints each one's time, and returns the sum. */
export async function runSteps(steps: readonly Step[]): Promise<Counts> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    console.log(`\n── ${step.name}`);
    const start = performance.now();
    const counts = await step.run().catch((error: unknown) => {
      console.log(error instanceof Error ? error.message : String(error));
      return { passed: 0, failed: 1 };
    });
    const outcome = { name: step.name, seconds: (performance.now() - start) / 1000, ...counts };
    console.log(line(outcome));
    outcomes.push(outcome);
  }
  console.log(`\n${outcomes.map((outcome) => line(outcome)).join('\n')}`);
  return sum(outcomes);
}

function line({ name, seconds, passed, failed }: Outcome): string {
  return `${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${seconds.toFixed(1).padStart(7)} s  ${passed} passed, ${failed} failed`;
}

function sum(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.reduce((total, { failed }) => total + failed, 0),
  };
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Show output as it comes instead of only when the command fails. @default false */
  readonly live?: boolean;
}

/** Runs a program without a shell and without standard input. Resolves with its output, rejects when it fails. */
export function command(argv: readonly string[], options: CommandOptions): Promise<string> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const output: Buffer[] = [];
    const stdio = options.live === true ? 'inherit' : 'pipe';
    const child = spawn(file, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', stdio, stdio] });
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = Buffer.concat(output).toString('utf8');
      if (code === 0) resolve(text);
      else reject(new Error(`${text}${argv.join(' ')}: ${signal ?? `exit status ${String(code)}`}`));
    });
  });
}
