import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export interface RealDaemon {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Runs the docker command against it and gives what that prints. */
  readonly docker: (...args: readonly string[]) => string;
  /** The same, with something on standard input. */
  readonly dockerWith: (input: string, ...args: readonly string[]) => string;
}

/** Docker's daemon on a socket and in folders of its own; it stops with the test. */
export async function startDockerd(): Promise<RealDaemon> {
  const folder = await daemonFolder();
  const socket = join(folder, 'docker.sock');
  const places = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '-p', join(folder, 'pid')];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  return startProcess(folder, socket, { argv: ['dockerd', '-H', `unix://${socket}`, ...places, ...network], env: {} });
}

/** Podman's service, which speaks the same API. */
export async function startPodmanService(): Promise<RealDaemon> {
  const folder = await daemonFolder();
  const socket = join(folder, 'podman.sock');
  const env = { CONTAINERS_CONF: await containersConf(folder) };
  return startProcess(folder, socket, {
    argv: ['podman', ...podmanPlaces(folder), 'system', 'service', '-t', '0', `unix://${socket}`],
    env,
  });
}

export interface Podman {
  /** Runs podman on a storage of its own and gives what it prints. */
  run(...args: readonly string[]): string;
  /** The same, with something on standard input. */
  runWith(input: string, ...args: readonly string[]): string;
}

export async function openPodman(): Promise<Podman> {
  const folder = await daemonFolder();
  const env = { ...process.env, CONTAINERS_CONF: await containersConf(folder) };
  const runWith = (input: string, ...args: readonly string[]): string =>
    execFileSync('podman', [...podmanPlaces(folder), ...args], { encoding: 'utf8', env, stdio: 'pipe', input });
  return { runWith, run: (...args) => runWith('', ...args) };
}

function podmanPlaces(folder: string): readonly string[] {
  const places = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--tmpdir', join(folder, 'tmp')];
  return [
    ...places,
    '--storage-driver',
    'vfs',
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'file',
    '--runtime',
    'runc',
  ];
}

/** Containers that need neither more open files than there may be, nor a network. */
async function containersConf(folder: string): Promise<string> {
  const file = join(folder, 'containers.conf');
  const limits = 'default_ulimits = ["nofile=1024:1024","nproc=4096:4096"]';
  await writeFile(
    file,
    `[containers]\n${limits}\nnetns = "host"\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`,
  );
  return file;
}

async function daemonFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tsb-daemon-'));
  onTestFinished(async () => {
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).toReversed())
    execFileSync('umount', ['-l', mount]);
}

interface Start {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function startProcess(folder: string, socket: string, { argv, env }: Start): Promise<RealDaemon> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = `${log}${chunk.toString()}`.slice(-20_000)));
  onTestFinished(() => stop(child));
  for (let waitedMs = 0; !existsSync(socket); waitedMs += 50) {
    if (child.exitCode !== null || waitedMs > 60_000) throw new Error(`${command} did not start:\n${log}`);
    // oxlint-disable-next-line no-await-in-loop
    await delay(50);
  }
  const host = `unix://${socket}`;
  const dockerWith = (input: string, ...words: readonly string[]): string =>
    execFileSync('docker', ['-H', host, ...words], {
      encoding: 'utf8',
      env: { ...process.env, DOCKER_CONFIG: folder },
      stdio: ['pipe', 'pipe', 'inherit'],
      input,
    });
  return { host, dockerWith, docker: (...words) => dockerWith('', ...words) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(killing);
}
