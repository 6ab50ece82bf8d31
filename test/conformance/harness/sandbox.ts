import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repositoryRoot } from '../../../scripts/repository-root.ts';
import type { ScenarioAnswer } from './answer.ts';
import { packerFile } from './pack-recorded.ts';
import type { Scenario } from './scenario.ts';

/**
 * Who does what: one side all of it; both by turns, so that each has to take what the other one left; the reference the builds and
 * `tsbuildpack rebase` the rebases.
 */
export type Turns = 'own' | 'crossed' | 'command';

export interface SandboxTask {
  /** Who begins. */
  readonly side: 'ours' | 'reference';
  readonly turns: Turns;
  readonly scenarios: readonly Scenario[];
  /** What the reference answered to each: its layers are packed again, by Go, from what the replayed build leaves. */
  readonly recorded?: readonly ScenarioAnswer[];
}

/** Programs that are no part of the checkout. */
export interface SandboxPrograms {
  /** A folder with the reference's `lifecycle`. */
  readonly referenceDir?: string | undefined;
  /** The built program of test/conformance/go. */
  readonly packer?: string | undefined;
}

export interface Answered {
  readonly answer: ScenarioAnswer;
  /** What the lifecycle printed in each build, for who looks for the cause of a difference. */
  readonly outputs: readonly string[];
  /** Recorded layers that do not come to their diff ID. */
  readonly unpackable: readonly string[];
}

/** What a scenario's machine has of our checkout, at a path that is the same everywhere. */
const checkout = '/tsbuildpack';
const program = join(repositoryRoot, 'node_modules', '.cache', 'tsbuildpack', 'conformance-program.mjs');

/** Node 20 runs no TypeScript, and one file is found in the namespace without its packages. */
export async function bundleProgram(): Promise<void> {
  await build({
    entryPoints: [join(repositoryRoot, 'test', 'conformance', 'harness', 'conformance-program.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['esbuild'],
    // What is CommonJS in the bundle asks for Node's modules by require().
    banner: {
      js: `import { createRequire as conformanceRequire } from "node:module"; const require = conformanceRequire(import.meta.url);`,
    },
    logLevel: 'warning',
  });
}

/**
 * Runs scenarios in a private mount namespace as user 1001, who owns everything there: no file of this machine but /usr and the checkout is
 * in sight. */
export async function runInSandbox(task: SandboxTask, programs: SandboxPrograms = {}): Promise<readonly Answered[]> {
  const io = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    writeFileSync(join(io, 'task.json'), JSON.stringify(task));
    writeFileSync(join(io, 'answers.jsonl'), '');
    await start([...sandboxArguments(io, programs), '/node', '--enable-source-maps', `${checkout}/program.mjs`]);
    const lines = readFileSync(join(io, 'answers.jsonl'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Answered);
  } finally {
    rmSync(io, { recursive: true, force: true });
  }
}

function sandboxArguments(io: string, { referenceDir, packer }: SandboxPrograms): readonly string[] {
  const parts = ['package.json', 'launcher', 'stacks', 'dist'].map((name) => [
    join(repositoryRoot, name),
    `${checkout}/${name}`,
  ]);
  const words = (text: string): readonly string[] => text.split(' ');
  return [
    ...words('--unshare-user --uid 1001 --gid 1000 --unshare-pid --unshare-net --unshare-uts --die-with-parent'),
    ...words('--hostname conformance --ro-bind /usr /usr --proc /proc --dev /dev --tmpfs /tmp --chdir /'),
    ...['bin', 'lib', 'lib64', 'sbin'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...words('--clearenv --setenv PATH /usr/bin:/bin --setenv HOME /home/cnb'),
    ...[
      ...parts,
      [program, `${checkout}/program.mjs`],
      [process.execPath, '/node'],
      ...(referenceDir === undefined ? [] : [[referenceDir, '/reference']]),
      ...(packer === undefined ? [] : [[packer, packerFile]]),
    ].flatMap((pair) => ['--ro-bind', ...pair]),
    '--bind',
    io,
    '/io',
  ];
}

function start(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('bwrap', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The scenarios' program ended with ${code}`));
    });
  });
}
