import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TsbuildpackError } from '../errors.ts';
import { systemErrorCode } from '../fs/system-error.ts';

export interface DaemonRequest {
  readonly method: 'GET' | 'POST';
  /** With query, without an API version: the daemon's own is taken. */
  readonly path: string;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

export interface DaemonAnswer {
  readonly status: number;
  readonly body: Readable;
}

/**
 * The socket of Docker's Engine API: DOCKER_HOST if it is one, else Docker's, else podman's, the first that is there.
 * Throws DAEMON_UNAVAILABLE.
 */
export function findDaemonSocket(env: Readonly<Record<string, string | undefined>>): string {
  const host = env['DOCKER_HOST'];
  if (host) {
    if (host.startsWith('unix://')) return host.slice('unix://'.length);
    throw new TsbuildpackError('DAEMON_UNAVAILABLE', 'Cannot talk to the daemon of DOCKER_HOST: it is no unix socket', {
      hint: 'Set DOCKER_HOST to unix://PATH, or write --output docker-archive:FILE and load it with "docker load -i FILE"',
    });
  }
  const runtime = env['XDG_RUNTIME_DIR'];
  const candidates = [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
  ];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new TsbuildpackError('DAEMON_UNAVAILABLE', 'Cannot find the socket of a Docker daemon', {
    detail: `Looked for ${candidates.join(', ')}`,
    hint: 'Start Docker, or "podman system service", or name the socket with DOCKER_HOST=unix://PATH',
  });
}

/** Asks the daemon. Resolves with every answer; throws DAEMON_UNAVAILABLE when there is none. */
export async function askDaemon(socket: string, { method, path, body, signal }: DaemonRequest): Promise<DaemonAnswer> {
  const asking = request({
    socketPath: socket,
    method,
    path,
    headers: { host: 'docker', 'content-type': 'application/x-tar' },
    signal,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asking.once('response', resolve);
    asking.once('error', reject);
    // Given up because of our own bytes, it ends without saying why.
    asking.once('close', () => reject(new Error('The connection was closed')));
  });
  let bodyFailure: unknown;
  const sent = pipeline(body === undefined ? [] : guarded(body, (error) => (bodyFailure = error)), asking);
  // A daemon that has seen enough answers and hangs up: its answer says more than the broken pipe.
  sent.catch(() => undefined);
  try {
    const response = await answered;
    return { status: response.statusCode ?? 0, body: response };
  } catch (error) {
    signal?.throwIfAborted();
    if (bodyFailure instanceof Error) throw bodyFailure;
    throw unreachable(socket, error);
  }
}

async function* guarded(
  body: AsyncIterable<Uint8Array>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there',
  EACCES: 'there is no permission to use it',
  ENOTSOCK: 'it is no socket',
};

function unreachable(socket: string, error: unknown): TsbuildpackError {
  const code = systemErrorCode(error) ?? '';
  return new TsbuildpackError(
    'DAEMON_UNAVAILABLE',
    `Cannot talk to the daemon at "${socket}": ${reasons[code] ?? `the connection failed (${code})`}`,
    {
      hint: 'Start Docker, or "podman system service", or name the socket with DOCKER_HOST=unix://PATH',
      cause: error,
    },
  );
}
