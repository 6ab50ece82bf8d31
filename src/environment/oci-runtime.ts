import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { spawnLines } from '../fs/spawn.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import { findProgram } from './find-program.ts';
import type { RuntimeSpec } from './runtime-spec.ts';

export type RuntimeName = 'runc' | 'crun' | 'youki' | 'podman';

export interface OciRuntime {
  readonly name: RuntimeName;
  /** Absolute path. */
  readonly program: string;
}

/** Whether a runtime that is installed can start a container here. */
export interface RuntimeAttempt {
  readonly name: RuntimeName;
  readonly works: boolean;
  readonly reason?: string;
}

/** Where a container is started from and leaves its state: private, and removed afterwards. */
export interface ContainerPlace {
  /** Has config.json. */
  readonly bundle: string;
  readonly state: string;
  readonly id: string;
}

export interface FindRuntimeOptions {
  /** Private directory for what a probe needs. */
  readonly dir: string;
  /** @default all, podman last because it takes ten times as long to start */
  readonly names?: readonly RuntimeName[];
  /** What a runtime is started by. @default nothing */
  readonly wrap?: (argv: readonly string[]) => readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const allNames: readonly RuntimeName[] = ['runc', 'crun', 'youki', 'podman'];
const probeProgram = '/tsbuildpack-probe';

/** The first runtime that gets a container like this one to the point where its program is started. */
export async function findRuntime(
  spec: RuntimeSpec,
  options: FindRuntimeOptions,
): Promise<{ readonly runtime?: OciRuntime; readonly attempts: readonly RuntimeAttempt[] }> {
  const attempts: RuntimeAttempt[] = [];
  for (const name of options.names ?? allNames) {
    const program = process.platform === 'linux' ? findProgram(name) : undefined;
    if (program === undefined) continue;
    const runtime = { name, program };
    // One at a time: most often the first works.
    // oxlint-disable-next-line no-await-in-loop
    const reason = await probe(runtime, spec, options);
    if (reason === undefined) return { runtime, attempts: [...attempts, { name, works: true }] };
    attempts.push({ name, works: false, reason });
  }
  return { attempts };
}

/** A program that is not there is refused last of all, after namespaces, mounts and ids. Gives the reason when it does not get there. */
async function probe(
  runtime: OciRuntime,
  spec: RuntimeSpec,
  { dir, wrap = (argv): readonly string[] => argv, signal }: FindRuntimeOptions,
): Promise<string | undefined> {
  const bundle = join(dir, `probe-${runtime.name}`);
  const rootfs = join(bundle, 'rootfs');
  mkdirSync(rootfs, { recursive: true });
  const probed = { ...spec.process, terminal: false, args: [probeProgram], cwd: '/' };
  const probeSpec = { ...spec, process: probed, root: { path: rootfs, readonly: false } };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(probeSpec));
  const place = { bundle, state: join(dir, `p-${runtime.name}`), id: `probe-${process.pid}` };
  const { exitCode, stdout, stderr } = await spawnLines(wrap(startCommand(runtime, probeSpec, place)), {
    env: process.env,
    cwd: dir,
    signal,
  });
  if (runtime.name === 'podman') endPodmanPause(place.state);
  const output = `${stderr}\n${stdout}`.trim();
  if (exitCode !== 0 && output.includes(probeProgram) && /no such file|not found/i.test(output)) return undefined;
  return lastLine(output) ?? `it ended with status ${exitCode}`;
}

function lastLine(output: string): string | undefined {
  return output
    .split('\n')
    .findLast((line) => line.trim() !== '')
    ?.replace(/^time="[^"]*" level=\w+ msg="?/, '')
    .replace(/"$/, '');
}

/** The command that starts a container, stays until it ends and ends as it does. */
export function startCommand(
  { name, program }: OciRuntime,
  spec: RuntimeSpec,
  place: ContainerPlace,
): readonly string[] {
  mkdirSync(place.state, { recursive: true, mode: 0o700 });
  if (name === 'podman') return [program, ...podmanArgs(place.state), ...podmanRunArgs(spec, place)];
  return [program, '--root', place.state, ...cgroupArgs(name, spec), 'run', '--bundle', place.bundle, place.id];
}

/** Ends a container, whatever state it is in, and removes what the runtime keeps of it. That it is gone already is fine. */
export async function removeContainer(
  { name, program }: OciRuntime,
  { state, id, bundle }: ContainerPlace,
): Promise<void> {
  const podman = [program, ...podmanArgs(state), 'rm', '--force', '--ignore', '--time', '0', id];
  const command = name === 'podman' ? podman : [program, '--root', state, 'delete', '--force', id];
  await spawnLines(command, { env: process.env, cwd: bundle }).catch(() => undefined);
  if (name === 'podman') endPodmanPause(state);
}

/** Rootless podman leaves a process that keeps its user namespace, for its next call with the same place for temporary files. */
function endPodmanPause(state: string): void {
  const file = join(state, 'tmp', 'pause.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

/** crun insists on a cgroup of its own, which a user seldom may make; runc does without. */
function cgroupArgs(name: RuntimeName, spec: RuntimeSpec): readonly string[] {
  const isRootless = spec.linux.uidMappings !== undefined || process.getuid?.() !== 0;
  return name === 'crun' && isRootless ? ['--cgroup-manager', 'disabled'] : [];
}

function podmanArgs(state: string): readonly string[] {
  const dirs = ['--root', join(state, 'root'), '--runroot', join(state, 'r'), '--tmpdir', join(state, 'tmp')];
  return [...dirs, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'];
}

function podmanRunArgs({ process: started, ...spec }: RuntimeSpec, { id }: ContainerPlace): readonly string[] {
  const { uid, gid, additionalGids = [] } = started.user;
  const network = spec.linux.namespaces.some(({ type }) => type === 'network') ? 'none' : 'host';
  const binds = spec.mounts.filter(({ type, destination }) => type === 'bind' && destination.startsWith('/dev/'));
  const fixed = `run --rm --interactive --log-driver none --pull never --security-opt no-new-privileges --cap-drop all`;
  return fixed.split(' ').concat(
    [
      '--name',
      id,
      '--network',
      network,
      '--hostname',
      spec.hostname,
      '--user',
      `${uid}:${gid}`,
      '--workdir',
      started.cwd,
    ],
    started.terminal ? ['--tty'] : [],
    started.capabilities.bounding.flatMap((name) => ['--cap-add', name]),
    additionalGids.flatMap((group) => ['--group-add', String(group)]),
    started.env.flatMap((entry) => ['--env', entry]),
    binds.flatMap(({ source, destination }) => ['--volume', `${source}:${destination}:ro`]),
    callerLimits(),
    ['--rootfs', spec.root.path],
    started.args,
  );
}

/**
 * As root podman (seen with 4.3) asks for a million open files and processes, and fails where even root may not raise a hard limit; of
 * processes it may not even ask for the whole of its own.
 */
function callerLimits(): readonly string[] {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const hard = (title: string): number =>
    Number(new RegExp(`^${title} +\\S+ +(\\d+)`, 'm').exec(text)?.[1] ?? Infinity);
  const files = Math.min(hard('Max open files'), 1_048_576);
  const processes = Math.min(hard('Max processes'), 32_768);
  return ['--ulimit', `nofile=${files}:${files}`, '--ulimit', `nproc=${processes}:${processes}`];
}

/** What somebody can do who has no runtime, or none that works. */
export function runtimeUnavailable(attempts: readonly RuntimeAttempt[]): TsbuildpackError {
  const why =
    process.platform === 'linux' ? 'no OCI runtime works here' : `there are no Linux containers on ${process.platform}`;
  const detail = attempts.map(({ name, reason }) => `${name}: ${reason ?? 'does not work'}`).join('\n');
  return new TsbuildpackError('RUNTIME_UNAVAILABLE', `Cannot run the image: ${why}`, {
    ...(detail === '' ? {} : { detail }),
    hint: [
      ...(process.platform === 'linux' && attempts.length === 0 ? ['Install runc or crun'] : []),
      'Or build with "--output docker-archive:FILE" and start it elsewhere: "docker load -i FILE", then "docker run"',
      'Or build with "--output bundle:DIR" on a Linux machine and start it there with "runc run -b DIR NAME"',
    ].join('\n'),
  });
}
