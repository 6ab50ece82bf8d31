import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Answer, CorpusApp } from './corpus-app.ts';
import { runLogged } from './run-logged.ts';

/** What came of an application. */
export interface Trial {
  readonly app: CorpusApp;
  /** Absent: all is as it should be. */
  readonly problem?: string;
  readonly built: boolean;
  readonly buildSeconds: number;
  /** Of the compressed layers: all of them, and those of the application. */
  readonly imageBytes?: number;
  readonly appBytes?: number;
  readonly stack?: string;
  /** From the start of the command, unpacking included, to the answer. */
  readonly startSeconds?: number;
  readonly stopMs?: number;
  readonly endedWith?: number | null;
}

export interface TryOptions {
  /** The command: `['node', 'dist/cli.js']`. */
  readonly command: readonly string[];
  readonly folder: string;
  readonly log: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Builds an application, starts it in a container, asks it, and stops it. */
export async function tryApp(app: CorpusApp, options: TryOptions): Promise<Trial> {
  const { command, folder, log, env } = options;
  const report = join(folder, '..', `${app.name}.report.json`);
  const variables = Object.entries(app.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const argv = [
    ...command,
    'build',
    join(folder, app.appPath ?? '.'),
    '--tag',
    `corpus/${app.name}`,
    '--report',
    report,
  ];
  const start = performance.now();
  const { exitCode, output } = await runLogged([...argv, ...variables], { cwd: folder, log, env });
  const built = { app, built: exitCode === 0, buildSeconds: (performance.now() - start) / 1000 };
  if (app.expect.kind === 'refusal') {
    const { exitCode: wanted, says } = app.expect;
    if (exitCode === wanted && output.includes(says)) return built;
    return { ...built, problem: `ended with ${exitCode}, expected ${wanted} and "${says}"` };
  }
  if (exitCode !== 0) return { ...built, problem: `did not build: ${lastError(output)}` };
  const image = { ...built, ...readReport(report) };
  return { ...image, ...(await startAndStop(app.name, app.expect, options)) };
}

type Run = Pick<Trial, 'problem' | 'startSeconds' | 'stopMs' | 'endedWith'>;

/** As long as a loaded machine needs to unpack an image and start a server. */
const startTimeoutMs = 90_000;
/** What gives up on a container that was told to stop gives up after this. */
const stopTimeoutMs = 10_000;

async function startAndStop(name: string, expect: Answer, { command, folder, log, env }: TryOptions): Promise<Run> {
  const port = await freePort();
  const [program = '', ...args] = command;
  const started = performance.now();
  const child = spawn(program, [...args, 'run', '--env', `PORT=${port}`, `corpus/${name}`], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (bytes: Buffer) => appendFileSync(log, bytes));
  child.stderr.on('data', (bytes: Buffer) => appendFileSync(log, bytes));
  const ended = endOf(child);
  try {
    const problem = await answered(child, `http://127.0.0.1:${port}${expect.path ?? '/'}`, expect.says);
    if (problem !== undefined) return { problem };
    const startSeconds = (performance.now() - started) / 1000;
    const told = performance.now();
    child.kill('SIGTERM');
    const endedWith = await Promise.race([ended, after(stopTimeoutMs)]);
    if (endedWith === 'late') return { startSeconds, problem: `did not stop within ${stopTimeoutMs / 1000} s` };
    const run = { startSeconds, stopMs: performance.now() - told, endedWith };
    const isAsSaid = endedWith !== null && expect.endsWith.includes(endedWith);
    return isAsSaid ? run : { ...run, problem: `ended with ${endedWith}, expected ${expect.endsWith.join(' or ')}` };
  } finally {
    // Asked before it is killed: a killed command leaves its container running.
    child.kill('SIGTERM');
    await Promise.race([ended, after(stopTimeoutMs)]);
    child.kill('SIGKILL');
  }
}

async function answered(child: ChildProcess, url: string, says: string): Promise<string | undefined> {
  const deadline = performance.now() + startTimeoutMs;
  let last = 'no connection';
  while (performance.now() < deadline) {
    if (child.exitCode !== null) return `ended with ${child.exitCode} before it answered`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      const body = await response.text();
      // React and others put comments between words that are made at different times.
      if (body.replaceAll(/<!--.*?-->/g, '').includes(says)) return undefined;
      last = `status ${response.status}, "${body.slice(0, 200)}"`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await after(200);
  }
  return `did not answer as expected: ${last}`;
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', (code) => resolve(code)));
}

function after(milliseconds: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), milliseconds).unref());
}

/** Free a moment ago; nothing else on the machine takes ports of this range at random so soon again. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('No port')),
      );
    });
  });
}

interface Report {
  readonly layers: readonly { readonly name: string; readonly sizeBytes: number; readonly action: string }[];
  readonly inputs: readonly { readonly name: string; readonly value: string }[];
}

function readReport(file: string): Pick<Trial, 'imageBytes' | 'appBytes' | 'stack'> {
  const { layers, inputs } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const sum = (list: Report['layers']): number => list.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const stack = /^stack:(\w+)@/.exec(inputs.find(({ name }) => name === 'run-image')?.value ?? '')?.[1];
  return {
    imageBytes: sum(layers),
    appBytes: sum(layers.filter(({ name }) => name.startsWith('application'))),
    ...(stack !== undefined && { stack }),
  };
}

function lastError(output: string): string {
  return /^Error .*$/m.exec(output)?.[0] ?? output.split('\n').findLast((line) => line !== '') ?? '';
}
