import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { TsbuildpackError } from '../errors.ts';
import { coverDescriptors } from './inherited-descriptors.ts';
import { LineCollector } from './line-collector.ts';
import { systemErrorCode } from './system-error.ts';

export interface SpawnOptions {
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default the caller's */
  readonly cwd?: string;
  /** Called for every line as it arrives, without its line end. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Standard input. @default empty */
  readonly input?: string | Uint8Array;
  /** When aborted, the child's process group gets SIGTERM, five seconds later SIGKILL, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Keep at most this many bytes of each stream, the last ones, in the result. @default 8 MiB */
  readonly maxCollectBytes?: number;
  /** Whether the child gets the open files that whoever started us left to us, beyond the standard streams. @default true */
  readonly passDescriptors?: boolean;
}

export interface SpawnResult {
  /** Exit status, or 128 + signal number. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The beginning of a stream was dropped because of `maxCollectBytes`. */
  readonly truncated: boolean;
}

const killAfterMs = 5_000;
/** How long a background process may keep the pipes open after its parent has ended. */
const lingerMs = 500;

/**
 * Runs a program (no shell) in a process group of its own and resolves with whatever status it ends with. `argv[0]` is a path or is
 * looked up on `env.PATH`. What the program leaves running in its group and holding its output open is killed.
 * Throws COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, or the reason of the signal.
 */
export async function spawnLines(argv: readonly string[], options: SpawnOptions): Promise<SpawnResult> {
  const { signal, onLine, maxCollectBytes = 8 << 20 } = options;
  signal?.throwIfAborted();
  const [command, ...args] = argv;
  if (command === undefined) throw new TsbuildpackError('INTERNAL', 'Cannot start a program: the command is empty');
  const child = start(command, args, options);
  const stdout = new LineCollector(maxCollectBytes, onLine && ((line): void => onLine(line, 'stdout')));
  const stderr = new LineCollector(maxCollectBytes, onLine && ((line): void => onLine(line, 'stderr')));
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const stop = killOnAbort(child, signal);
  try {
    const exitCode = await ended(child, command, options.cwd);
    signal?.throwIfAborted();
    stdout.end();
    stderr.end();
    return { exitCode, stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.truncated || stderr.truncated };
  } finally {
    stop();
  }
}

function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const covered = options.passDescriptors === false ? coverDescriptors() : undefined;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ['pipe', 'pipe', 'pipe', ...(covered?.stdio ?? [])],
    detached: true,
  });
  covered?.close();
  // A child that does not read its input closes the pipe: its business, not an error.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  return child;
}

function ended(child: ChildProcess, command: string, cwd: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    let linger: NodeJS.Timeout | undefined;
    child.once('error', (error) => reject(startError(error, command, cwd)));
    child.once('exit', () => {
      linger = setTimeout(() => {
        killGroup(child, 'SIGKILL');
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, lingerMs);
    });
    child.once('close', (code, signalName) => {
      clearTimeout(linger);
      resolve(code ?? 128 + (signalName === null ? 0 : constants.signals[signalName]));
    });
  });
}

function killOnAbort(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    killGroup(child, 'SIGTERM');
    timer = setTimeout(() => killGroup(child, 'SIGKILL'), killAfterMs);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

function killGroup(child: ChildProcess, signalName: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signalName);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') child.kill(signalName);
  }
}

function startError(error: Error, command: string, cwd: string | undefined): unknown {
  const code = systemErrorCode(error);
  if (code === 'ENOENT' && cwd !== undefined && !existsSync(cwd)) {
    return new TsbuildpackError(
      'COMMAND_NOT_FOUND',
      `Cannot start "${command}": its working directory "${cwd}" does not exist`,
      {
        cause: error,
      },
    );
  }
  if (code === 'ENOENT') {
    const why = command.includes('/')
      ? 'it, or the interpreter of its first line, does not exist'
      : 'it is not on PATH';
    return new TsbuildpackError('COMMAND_NOT_FOUND', `Cannot start "${command}": ${why}`, { cause: error });
  }
  if (code === 'EACCES' || code === 'ENOEXEC' || code === 'EPERM') {
    return new TsbuildpackError(
      'COMMAND_NOT_EXECUTABLE',
      `Cannot start "${command}": it is not executable here (${code})`,
      {
        cause: error,
      },
    );
  }
  return error;
}
