import { readFileSync } from 'node:fs';
import { buildUser } from './build-user.ts';
import { isWithin } from './path-within.ts';
import type { SandboxCommand, SandboxMaker } from './sandbox-maker.ts';
import type { ViewEntry } from './sandbox-view.ts';

export interface UnshareOptions {
  /** Absolute path of util-linux's `unshare`. */
  readonly program: string;
  /** An empty host directory on which the new root is mounted. */
  readonly newRoot: string;
}

/** The same view by util-linux alone: a shell that is root of a user namespace mounts, then its child becomes the build user. */
export function unshare({ program, newRoot }: UnshareOptions): SandboxMaker {
  return {
    mechanism: 'unshare',
    runsAsRoot: false,
    prepare(view, command) {
      return {
        file: script(view, { program, newRoot, command }),
        argv: (file) => [program, ...namespaceArgs, '--', '/bin/sh', file, ...command.argv],
      };
    },
  };
}

const namespaceArgs = [
  '--user',
  '--map-root-user',
  '--mount',
  '--pid',
  '--ipc',
  '--fork',
  '--kill-child',
  '--propagation',
  'private',
];

/** What the script says when it ends before the command was started. */
export const setupFailed = 'tsbuildpack: the sandbox could not be set up';

export const noDirectory = 'tsbuildpack: the working directory does not exist';

interface ScriptOptions extends UnshareOptions {
  readonly command: SandboxCommand;
}

/** The shell stays as process 1: it reaps, and a child without a SIGTERM handler ends on SIGTERM as anywhere else. */
function script(view: readonly ViewEntry[], { program, newRoot, command }: ScriptOptions): string {
  const root = quote(newRoot);
  const mounts = readMounts();
  const variables = Object.entries(command.env).map(([name, value]) => quote(`${name}=${value}`));
  const lines = [
    'set -e',
    `trap 'echo "${setupFailed}" >&2' EXIT`,
    'export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
    `mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs ${root}`,
    `cd ${root}`,
    'mkdir proc; mount -t proc -o nosuid,nodev,noexec proc proc',
    ...deviceLines,
    ...view.flatMap((entry) => viewLines(entry, mounts)),
    'mkdir .old',
    'pivot_root . .old',
    'cd /',
    'umount -l /.old',
    'rmdir /.old',
    ...closingLines(view),
    'trap - EXIT',
    `cd ${quote(command.cwd)} 2>/dev/null || { echo '${noDirectory}' >&2; exit 125; }`,
    'set +e',
    `${quote(program)} --user --map-user=${buildUser.uid} --map-group=${buildUser.gid} -- setpriv --no-new-privs -- /usr/bin/env -i ${variables.join(' ')} "$@"`,
    'exit $?',
  ];
  return `${lines.join('\n')}\n`;
}

function viewLines(entry: ViewEntry, mounts: readonly Mount[]): readonly string[] {
  const at = quote(entry.at.slice(1));
  const parent = quote(`./${entry.at.slice(1, Math.max(1, entry.at.lastIndexOf('/')))}`);
  switch (entry.kind) {
    case 'empty':
      return [`mkdir -p ${at}`, `mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs ${at}`];
    case 'symlink':
      return [`mkdir -p ${parent}`, `ln -s -- ${quote(entry.to)} ${at}`];
    case 'bind':
      return [
        `if [ -d ${quote(entry.from)} ]; then mkdir -p ${at}; else mkdir -p ${parent}; [ -e ${at} ] || : > ${at}; fi`,
        `mount --rbind ${quote(entry.from)} ${at}`,
        ...(entry.access === 'read' ? remountLines(entry, mounts) : []),
      ];
  }
}

/** A recursive bind is made read-only one mount at a time, keeping the flags that a user namespace may not take away. */
function remountLines(entry: ViewEntry & { readonly kind: 'bind' }, mounts: readonly Mount[]): readonly string[] {
  const below = mounts.filter(({ at }) => at !== entry.from && isWithin(at, entry.from));
  const own = mounts.findLast(({ at }) => isWithin(entry.from, at));
  const all = [
    { at: entry.at, flags: own?.flags ?? [] },
    ...below.map((mount) => ({ ...mount, at: entry.at + mount.at.slice(entry.from.length) })),
  ];
  return all.map(({ at, flags }) => {
    const options = ['remount', 'bind', 'ro', ...new Set(['nosuid', 'nodev', ...flags])].join(',');
    return `mount -o ${options} ${quote(at.slice(1))}`;
  });
}

const deviceLines = [
  'mkdir dev; mount -t tmpfs -o mode=0755,nosuid,noexec tmpfs dev',
  'for d in null zero full random urandom tty; do : > dev/$d; mount --bind /dev/$d dev/$d; done',
  'mkdir dev/pts dev/shm; mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm',
  'mount -t devpts -o newinstance,ptmxmode=0666,mode=620,nosuid,noexec devpts dev/pts',
  'ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd',
  'ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr',
];

function closingLines(view: readonly ViewEntry[]): readonly string[] {
  const closed = view.filter((entry) => entry.kind === 'empty' && entry.access === 'read').map(({ at }) => at);
  return ['/', ...closed].map((at) => `mount -o remount,bind,ro,nosuid,nodev ${quote(at)}`);
}

interface Mount {
  readonly at: string;
  readonly flags: readonly string[];
}

/** https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html; parents come before what is mounted on them. */
function readMounts(): readonly Mount[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [, , , , at = '', options = ''] = line.split(' ');
    const flags = options.split(',').filter((flag) => /^(nosuid|nodev|noexec|noatime|nodiratime|relatime)$/.test(flag));
    return { at: unescapeMountPath(at), flags };
  });
}

function unescapeMountPath(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
