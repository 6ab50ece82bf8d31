import { startConfined } from './confine.ts';
import type { SandboxCommand, SandboxMaker } from './sandbox-maker.ts';
import type { ViewEntry } from './sandbox-view.ts';
import { joinControlGroup, quote } from './shell.ts';

export interface BubblewrapOptions {
  /** Absolute path of `bwrap`. */
  readonly program: string;
  /** Without a user namespace: only root can, and the child is root without capabilities. */
  readonly asRoot?: boolean;
}

/** https://github.com/containers/bubblewrap */
export function bubblewrap({ program, asRoot = false }: BubblewrapOptions): SandboxMaker {
  return {
    mechanism: asRoot ? 'bubblewrap without a user namespace' : 'bubblewrap',
    runsAsRoot: asRoot,
    filters: true,
    prepare(view, command) {
      const args = [
        ...namespaceArgs(asRoot, command),
        ...view.flatMap(viewArgs),
        ...finishArgs(view),
        ...commandArgs(command),
      ];
      return {
        // In a file, so that no value of the environment can be read in the list of processes.
        file: args.map((arg) => `${arg}\0`).join(''),
        argv: (file) => [...withFile(command), file, program, '--args', '9', '--', ...exactly(command)],
      };
    },
  };
}

function withFile({ confinement }: SandboxCommand): readonly string[] {
  const { filter, controlGroup } = confinement ?? {};
  const lines = [
    'exec 9<"$1"; shift',
    ...(filter === undefined ? [] : [`exec 8<${quote(filter)}`]),
    ...(controlGroup === undefined ? [] : [joinControlGroup(controlGroup)]),
    'exec "$@"',
  ];
  return ['/bin/sh', '-c', lines.join('; '), 'sh'];
}

/** bwrap sets PWD by itself; `env` also tells apart a program that cannot be started from one that fails. */
function exactly({ argv, env, confinement }: SandboxCommand): readonly string[] {
  if (confinement !== undefined) return startConfined(argv, { env, ...confinement });
  return ['/usr/bin/env', ...('PWD' in env ? [] : ['-u', 'PWD']), ...argv];
}

function namespaceArgs(
  asRoot: boolean,
  { user: { uid, gid }, network, confinement }: SandboxCommand,
): readonly string[] {
  const user = ['--unshare-user', '--uid', String(uid), '--gid', String(gid)];
  return [
    ...(asRoot ? ['--cap-drop', 'ALL'] : user),
    '--unshare-pid',
    '--unshare-ipc',
    ...(network === 'none' ? ['--unshare-net'] : []),
    ...(confinement === undefined ? [] : ['--unshare-uts', '--hostname', 'tsbuildpack', '--unshare-cgroup-try']),
    ...(confinement?.filter === undefined ? [] : ['--seccomp', '8']),
    '--die-with-parent',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
  ];
}

function viewArgs(entry: ViewEntry): readonly string[] {
  switch (entry.kind) {
    case 'bind':
      return [entry.access === 'write' ? '--bind' : '--ro-bind', entry.from, entry.at];
    case 'empty':
      return ['--tmpfs', entry.at];
    case 'symlink':
      return ['--symlink', entry.to, entry.at];
  }
}

/** Empty places are closed last, because what is bound below them needs a directory to be made first. */
function finishArgs(view: readonly ViewEntry[]): readonly string[] {
  const closed = view.filter((entry) => entry.kind === 'empty' && entry.access === 'read').map(({ at }) => at);
  return [...closed, '/'].flatMap((at) => ['--remount-ro', at]);
}

function commandArgs({ env, cwd }: SandboxCommand): readonly string[] {
  const variables = Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]);
  return ['--chdir', cwd, '--clearenv', ...variables];
}
