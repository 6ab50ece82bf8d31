import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { packageRoot } from '../fs/package-root.ts';
import type { Network } from './bundle-config.ts';
import { entrypointAnnotation } from './bundle-config.ts';
import { detectHost } from './detect-host.ts';
import type { ContainerPlace, OciRuntime, RuntimeName } from './oci-runtime.ts';
import { findRuntime, removeContainer, runtimeUnavailable, startCommand } from './oci-runtime.ts';
import type { Overlay } from './overlay.ts';
import { inOverlay, mergedDir } from './overlay.ts';
import { removeOwnedTree } from './remove-owned-tree.ts';
import type { RuntimeMount, RuntimeSpec } from './runtime-spec.ts';

export interface RunBundleOptions {
  readonly report: Report;
  /** Process type of the image to start in place of the default one. */
  readonly process?: string;
  /** In place of the image's own arguments, behind its entrypoint; none leaves those. */
  readonly args?: readonly string[];
  /** Added to the image's environment, winning over it. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default whether standard input and output are a terminal */
  readonly terminal?: boolean;
  /** @default as the bundle has it */
  readonly network?: Network;
  /** Kills the container. Leave it out for SIGINT and SIGTERM, which are passed on while it runs. */
  readonly signal?: AbortSignal | undefined;
  /** Which runtimes to try. @default all */
  readonly runtimes?: readonly RuntimeName[];
  /** Where the container's root file system is mounted for it alone, when the bundle's own is one that others share. */
  readonly overlay?: Overlay;
}

/**
 * Runs a bundle of ours with this process's standard streams and gives its exit status, 128 + n after signal n. Signals that reach this
 * process reach the container's. Nothing of the container is left afterwards.
 * Throws RUNTIME_UNAVAILABLE, RUN_FAILED, or the signal's reason.
 */
export async function runBundle(dir: string, options: RunBundleOptions): Promise<number> {
  const spec = await specToRun(dir, options);
  const folder = mkdtempSync(join(shortTemporaryDir(), 'tsbuildpack-'));
  try {
    const { overlay } = options;
    const names = options.runtimes ?? (overlay === undefined ? undefined : overlayRuntimes);
    const wrap = overlay === undefined ? asItIs : (argv: readonly string[]) => inOverlay(overlay, argv);
    const { runtime, attempts } = await findRuntime(spec, {
      dir: folder,
      wrap,
      signal: options.signal,
      ...(names === undefined ? {} : { names }),
    });
    for (const { name, works, reason } of attempts) {
      if (!works)
        options.report({ type: 'info', message: `Not running with ${name}: ${reason ?? 'it does not work'}` });
    }
    if (runtime === undefined) throw runtimeUnavailable(attempts);
    options.report({ type: 'debug', message: `Running with ${runtime.program}` });
    const place = { bundle: join(folder, 'bundle'), state: join(folder, 's'), id: `tsbuildpack-${process.pid}` };
    mkdirSync(place.bundle);
    writeFileSync(join(place.bundle, 'config.json'), JSON.stringify(spec), { mode: 0o600 });
    return await runContainer(runtime, { spec, place, wrap, signal: options.signal });
  } finally {
    await removeOwnedTree(folder);
  }
}

/** Podman makes namespaces of its own kind. */
const overlayRuntimes: readonly RuntimeName[] = ['runc', 'crun', 'youki'];

function asItIs(argv: readonly string[]): readonly string[] {
  return argv;
}

/** Podman refuses a place for its state of more than 50 characters, and runtimes make sockets, whose names may have 107. */
function shortTemporaryDir(): string {
  const dir = realpathSync(tmpdir());
  return dir.length <= 20 ? dir : '/tmp';
}

async function specToRun(dir: string, options: RunBundleOptions): Promise<RuntimeSpec> {
  const spec = readSpec(dir);
  const rootfs = realpathSync(join(dir, spec.root.path));
  const { terminal = isatty(0) && isatty(1), env = {} } = options;
  const names = Object.keys(env);
  const kept = spec.process.env.filter((entry) => !names.some((name) => entry.startsWith(`${name}=`)));
  const init = await initProgram();
  const { overlay } = options;
  return withNetwork(
    {
      ...(overlay === undefined ? spec : inNamespaceOfOverlay(spec)),
      root: { ...spec.root, path: overlay === undefined ? rootfs : mergedDir(overlay) },
      process: {
        ...spec.process,
        terminal,
        args: [...(init === undefined ? [] : [initPlace]), ...argsToRun(spec, rootfs, options)],
        env: [
          ...kept,
          ...names.map((name) => `${name}=${env[name] ?? ''}`),
          ...(terminal && !kept.some((entry) => entry.startsWith('TERM='))
            ? [`TERM=${process.env['TERM'] ?? 'xterm'}`]
            : []),
        ],
      },
      mounts: [...spec.mounts, ...(init === undefined ? [] : [bindMount(init, initPlace)])],
    },
    options.network,
  );
}

/** The runtime is started in a user namespace already, as its root. */
function inNamespaceOfOverlay({ linux, ...spec }: RuntimeSpec): RuntimeSpec {
  const { uidMappings: _uids, gidMappings: _gids, namespaces, ...rest } = linux;
  return { ...spec, linux: { ...rest, namespaces: namespaces.filter(({ type }) => type !== 'user') } };
}

function readSpec(dir: string): RuntimeSpec {
  const file = join(dir, 'config.json');
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TsbuildpackError('RUN_FAILED', `Cannot run "${dir}": it has no config.json that can be read`, {
      cause: error,
    });
  }
  if (isOurs(value)) return value;
  throw new TsbuildpackError('RUN_FAILED', `Cannot run "${dir}": its config.json was not written by tsbuildpack`, {
    hint: `Start it with an OCI runtime: runc run -b ${dir} NAME`,
  });
}

/** Who wrote the annotation wrote all of it as we do. */
function isOurs(value: unknown): value is RuntimeSpec {
  if (typeof value !== 'object' || value === null || !('annotations' in value)) return false;
  const { annotations } = value;
  return typeof annotations === 'object' && annotations !== null && entrypointAnnotation in annotations;
}

/** In /dev, which is made anew for every container: no image has anything there. */
const initPlace = '/dev/tsbuildpack-init';

/**
 * The tiny init that images of ours can carry. As process 1 a program does not die of a signal that it does not handle, and Go's programs
 * then end with status 2.
 */
async function initProgram(): Promise<string | undefined> {
  const { arch } = await detectHost();
  const file = join(packageRoot(), 'launcher', 'prebuilt', `linux-${arch}`, 'launcher');
  return existsSync(file) ? file : undefined;
}

function bindMount(source: string, destination: string): RuntimeMount {
  return { destination, type: 'bind', source, options: ['bind', 'ro', 'nosuid', 'nodev'] };
}

function argsToRun(
  spec: RuntimeSpec,
  rootfs: string,
  { process: type, args = [] }: RunBundleOptions,
): readonly string[] {
  const length = Number(spec.annotations?.[entrypointAnnotation] ?? 0);
  const own = spec.process.args;
  if (type === undefined) return args.length === 0 ? own : [...own.slice(0, length), ...args];
  // The launcher starts the process type whose name it is called by: CNB platform specification, "Launch".
  const types = processTypes(rootfs);
  if (!types.includes(type)) {
    const has =
      types.length === 0 ? 'the image has no launcher with process types' : `the image has ${types.join(', ')}`;
    throw new TsbuildpackError('RUN_FAILED', `Cannot run process "${type}": ${has}`);
  }
  return [`/cnb/process/${type}`, ...args];
}

function processTypes(rootfs: string): readonly string[] {
  const dir = join(rootfs, 'cnb', 'process');
  const isDirectory = lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
  return isDirectory ? readdirSync(dir).toSorted() : [];
}

function withNetwork(spec: RuntimeSpec, network: Network | undefined): RuntimeSpec {
  if (network === undefined) return spec;
  const namespaces = spec.linux.namespaces.filter(({ type }) => type !== 'network');
  const files = ['/etc/resolv.conf', '/etc/hosts'];
  const mounts = spec.mounts.filter(({ destination }) => !files.includes(destination));
  if (network === 'none')
    return { ...spec, mounts, linux: { ...spec.linux, namespaces: [...namespaces, { type: 'network' }] } };
  const names = files.filter((file) => existsSync(file)).map((file) => bindMount(file, file));
  return { ...spec, mounts: [...mounts, ...names], linux: { ...spec.linux, namespaces } };
}

interface Container {
  readonly spec: RuntimeSpec;
  readonly place: ContainerPlace;
  readonly wrap: (argv: readonly string[]) => readonly string[];
  readonly signal: AbortSignal | undefined;
}

async function runContainer(runtime: OciRuntime, { spec, place, wrap, signal }: Container): Promise<number> {
  const [program = '', ...args] = wrap(startCommand(runtime, spec, place));
  const child = spawn(program, args, { stdio: 'inherit', cwd: place.bundle });
  const stopPassing = passSignals(child, spec.process.terminal);
  const onAbort = (): void => void removeContainer(runtime, place);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    const status = await ended(child);
    signal?.throwIfAborted();
    return status;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stopPassing();
    await removeContainer(runtime, place);
  }
}

const passedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** What a terminal's keys send goes to the whole foreground group, and with it to the runtime: passed on, it would arrive twice. */
function passSignals(child: ChildProcess, hasTerminal: boolean): () => void {
  const fromKeys = !hasTerminal && [0, 1, 2].some((descriptor) => isatty(descriptor));
  const handlers = passedSignals.map((name) => {
    const isKey = fromKeys && (name === 'SIGINT' || name === 'SIGQUIT');
    const handler = (): void => void (isKey || child.kill(name));
    process.on(name, handler);
    return { name, handler };
  });
  return () => {
    for (const { name, handler } of handlers) process.off(name, handler);
  };
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, name) => resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])));
  });
}
