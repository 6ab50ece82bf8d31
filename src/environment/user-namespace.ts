import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { spawnLines } from '../fs/spawn.ts';
import { findProgram } from './find-program.ts';
import type { IdMapping } from './id-mapping.ts';
import type { RuntimeIdMapping } from './runtime-spec.ts';

export interface UserNamespaceOptions {
  readonly ids: IdMapping & { readonly kind: 'ranges' };
  readonly input?: Uint8Array;
}

export interface UserNamespaceResult {
  readonly exitCode: number;
  readonly stderr: string;
}

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin', LC_ALL: 'C' };

/**
 * Runs a program as root of a user namespace with the caller's id ranges, which only newuidmap and newgidmap may set up. The shell waits
 * for them; what it executes then has the capabilities of that root.
 */
export async function runInUserNamespace(
  argv: readonly string[],
  options: UserNamespaceOptions,
): Promise<UserNamespaceResult> {
  const program = findProgram('unshare') ?? 'unshare';
  const child = spawn(program, ['--user', '--', '/bin/sh', '-c', 'echo; read -r go; exec "$@"', 'sh', ...argv], {
    env,
    cwd: '/',
    stdio: 'pipe',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close').then(([code]: readonly unknown[]) => (typeof code === 'number' ? code : 128));
  const ready = await Promise.race([once(child.stdout, 'data').then(() => true), closed.then(() => false)]);
  if (ready) stderr += await setMappings(child, options.ids);
  child.stdout.resume();
  child.stdin.write('go\n');
  child.stdin.end(options.input ?? '');
  return { exitCode: await closed, stderr };
}

async function setMappings(
  child: ChildProcessWithoutNullStreams,
  { uids, gids }: UserNamespaceOptions['ids'],
): Promise<string> {
  const results = await Promise.all([
    setMapping('newuidmap', child.pid, uids),
    setMapping('newgidmap', child.pid, gids),
  ]);
  const failures = results.filter((failure) => failure !== '');
  // Without its ids the child would be nobody: it is not to go on.
  if (failures.length > 0) child.kill('SIGKILL');
  return failures.join('\n');
}

async function setMapping(
  name: string,
  pid: number | undefined,
  mappings: readonly RuntimeIdMapping[],
): Promise<string> {
  const numbers = mappings.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
  const { exitCode, stderr } = await spawnLines([findProgram(name) ?? name, String(pid), ...numbers.map(String)], {
    env,
  });
  return exitCode === 0 ? '' : stderr.trim();
}
