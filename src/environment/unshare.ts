import { readFileSync, statSync } from 'node:fs';
import { limits } from './confine.ts';
import { isWithin } from './path-within.ts';
import type { SandboxCommand, SandboxMaker } from './sandbox-maker.ts';
import type { ViewEntry } from './sandbox-view.ts';
import { joinControlGroup, quote, setupFailed } from './shell.ts';

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
    filters: false,
    prepare(view, command) {
      const start =
        command.confinement === undefined
          ? startInNewRoot({ program, command })
          : startByChroot({ program, newRoot, command });
      return {
        file: sandboxScript(view, { newRoot, command, start }),
        argv: (file) => [...inNamespaces(program, command), '/bin/sh', file, ...command.argv],
      };
    },
  };
}

/** The command that starts a script as root of new namespaces, which end with it and with us. */
export function inNamespaces(unshareProgram: string, command: SandboxCommand): readonly string[] {
  return [...dieWithParent, unshareProgram, ...namespaceArgs(command), '--'];
}

/** A build that is killed takes its children with it; bwrap has an option for it. */
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--'];

function namespaceArgs({ network, confinement }: SandboxCommand): readonly string[] {
  return [
    '--user',
    '--map-root-user',
    '--mount',
    '--pid',
    '--ipc',
    ...(network === 'none' ? ['--net'] : []),
    ...(confinement === undefined ? [] : ['--uts']),
    '--fork',
    '--kill-child',
    '--propagation',
    'private',
  ];
}

export const noDirectory = 'tsbuildpack: the working directory does not exist';

interface ScriptOptions {
  /** Where the new root is mounted. */
  readonly newRoot: string;
  readonly command: SandboxCommand;
  /** What starts the command when everything is mounted. */
  readonly start: readonly string[];
}

/**
 * One `mount` for many mounts, because starting it takes as long as twenty of them. Directories come first, then what needs a file to
 * be mounted on. The shell stays as process 1: it reaps, and a child without a SIGTERM handler ends on SIGTERM as anywhere else.
 */
export function sandboxScript(view: readonly ViewEntry[], { newRoot, command, start }: ScriptOptions): string {
  const mounts = readMounts();
  const directories = [...baseMounts, ...view.flatMap((entry) => directoryMounts(entry, mounts))];
  const files = view.filter((entry) => entry.kind === 'bind').filter(({ from }) => !statSync(from).isDirectory());
  const fileMounts = files.map((entry) => mountLine(bindOf(entry, mounts)));
  const lines = [
    'set -e',
    `trap 'echo "${setupFailed}" >&2' EXIT`,
    'export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
    ...confinementLines(command),
    `mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs ${quote(newRoot)}`,
    `cd ${quote(newRoot)}`,
    'mkdir .setup .setup/old',
    ...mountAll('.setup/first', directories, newRoot),
    ...view
      .filter((entry) => entry.kind === 'symlink')
      .flatMap(({ at, to }) => [makeParent(at), `ln -s -- ${quote(to)} ${relative(at)}`]),
    ...files.flatMap(({ at }) => [makeParent(at), `[ -e ${relative(at)} ] || : > ${relative(at)}`]),
    ...deviceLines,
    ...mountAll('.setup/second', [...fileMounts, ...deviceMounts, ...closingMounts(view)], newRoot),
    ...start,
    'exit $?',
  ];
  return `${lines.join('\n')}\n`;
}

/** In a namespace of one's own the limit counts for the namespace alone. */
function confinementLines({ network, confinement }: SandboxCommand): readonly string[] {
  const loopback = network === 'none' ? ['ip link set lo up 2>/dev/null || :'] : [];
  if (confinement === undefined) return loopback;
  const { controlGroup, maxProcesses } = confinement;
  const group = controlGroup === undefined ? [] : [joinControlGroup(controlGroup)];
  return [...group, 'hostname tsbuildpack 2>/dev/null || :', ...loopback, limits(maxProcesses)];
}

interface Start {
  readonly program: string;
  readonly command: SandboxCommand;
}

/** The system's own programs are in the new root too. */
function startInNewRoot({ program, command }: Start): readonly string[] {
  return [
    'pivot_root . .setup/old',
    'cd /',
    'umount -l .setup/old',
    'rm .setup/first .setup/second',
    'rmdir .setup/old .setup',
    'mount -o remount,bind,ro,nosuid,nodev /',
    ...startLines(command, command.cwd, [quote(program), ...mapUser(command)]),
  ];
}

/**
 * None of the image's programs may run with the rights that making mounts takes, so the host's do it to the end and the last of them
 * changes the root. To leave that again takes a capability that the child does not have and cannot get: who has changed his root
 * may make no user namespace (user_namespaces(7)).
 */
function startByChroot({ program, newRoot, command }: Start & { readonly newRoot: string }): readonly string[] {
  return [
    ...closeNewRoot(newRoot),
    ...startLines(command, `${newRoot}${command.cwd}`, [
      quote(program),
      ...mapUser(command),
      `--root=${quote(newRoot)}`,
      `--wd=${quote(command.cwd)}`,
    ]),
  ];
}

/** For who starts the command from outside of the new root. */
export function closeNewRoot(newRoot: string): readonly string[] {
  return [
    'rm .setup/first .setup/second',
    'rmdir .setup/old .setup',
    `mount -o remount,bind,ro,nosuid,nodev ${quote(newRoot)}`,
    'cd /',
  ];
}

function mapUser({ user }: SandboxCommand): readonly string[] {
  return ['--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`];
}

function startLines(command: SandboxCommand, cwd: string, becomeUser: readonly string[]): readonly string[] {
  const variables = Object.entries(command.env).map(([name, value]) => quote(`${name}=${value}`));
  const env = ['/usr/bin/env', '-i', ...variables, '"$@"'];
  const isThere = command.confinement === undefined ? `cd ${quote(cwd)} 2>/dev/null` : `[ -d ${quote(cwd)} ]`;
  return [
    'trap - EXIT',
    `${isThere} || { echo '${noDirectory}' >&2; exit 125; }`,
    'set +e',
    ['setpriv', '--no-new-privs', '--', ...becomeUser, '--', ...env].join(' '),
  ];
}

interface MountCall {
  readonly from: string;
  /** In the sandbox. */
  readonly at: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** https://man7.org/linux/man-pages/man5/fstab.5.html; a line gets the new root in front of its second field by mountAll. */
function mountLine({ from, at, type, options }: MountCall): string {
  return `${escapeField(from)} @${escapeField(at)} ${type} ${options.join(',')} 0 0`;
}

function mountAll(table: string, lines: readonly string[], newRoot: string): readonly string[] {
  const placed = lines.map((line) => line.replace(' @', () => ` ${escapeField(newRoot)}`));
  return [`cat > ${table} <<'end of mounts'`, ...placed, 'end of mounts', `mount -a -T ${table}`];
}

function escapeField(text: string): string {
  return text.replaceAll(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

const makeDirectory = 'X-mount.mkdir';
const baseMounts = [
  { from: 'proc', at: '/proc', type: 'proc', options: [makeDirectory, 'nosuid', 'nodev', 'noexec'] },
  { from: 'tmpfs', at: '/dev', type: 'tmpfs', options: [makeDirectory, 'mode=0755', 'nosuid', 'noexec'] },
  { from: 'tmpfs', at: '/dev/shm', type: 'tmpfs', options: [makeDirectory, 'mode=1777', 'nosuid', 'nodev'] },
  {
    from: 'devpts',
    at: '/dev/pts',
    type: 'devpts',
    options: [makeDirectory, 'newinstance', 'ptmxmode=0666', 'mode=620', 'nosuid', 'noexec'],
  },
].map(mountLine);

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const deviceMounts = devices.map((name) =>
  mountLine({ from: `/dev/${name}`, at: `/dev/${name}`, type: 'none', options: ['bind', 'nosuid'] }),
);
const deviceLines = [
  `for d in ${devices.join(' ')}; do : > dev/$d; done`,
  'ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd',
  'ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr',
];

function directoryMounts(entry: ViewEntry, mounts: readonly Mount[]): readonly string[] {
  if (entry.kind === 'empty') {
    return [
      mountLine({
        from: 'tmpfs',
        at: entry.at,
        type: 'tmpfs',
        options: [makeDirectory, 'mode=0755', 'nosuid', 'nodev'],
      }),
    ];
  }
  if (entry.kind === 'symlink' || !statSync(entry.from).isDirectory()) return [];
  const bind = bindOf(entry, mounts);
  const below = entry.access === 'write' ? [] : mountsBelow(entry, mounts);
  return [{ ...bind, options: [makeDirectory, ...bind.options] }, ...below].map(mountLine);
}

type Bind = ViewEntry & { readonly kind: 'bind' };

function bindOf({ at, from, access }: Bind, mounts: readonly Mount[]): MountCall {
  const own = mounts.findLast((mount) => isWithin(from, mount.at));
  return { from, at, type: 'none', options: ['rbind', ...(access === 'read' ? ['ro'] : []), ...safeFlags(own?.flags)] };
}

/** A recursive bind is made read-only one mount at a time, keeping the flags that a user namespace may not take away. */
function mountsBelow({ at, from }: Bind, mounts: readonly Mount[]): readonly MountCall[] {
  const below = mounts.filter((mount) => mount.at !== from && isWithin(mount.at, from));
  return below.map((mount) => ({
    from: 'none',
    at: `${at}${mount.at.slice(from.length)}`,
    type: 'none',
    options: ['remount', 'bind', 'ro', ...safeFlags(mount.flags)],
  }));
}

function safeFlags(flags: readonly string[] = []): readonly string[] {
  return [...new Set(['nosuid', 'nodev', ...flags])];
}

/** Empty places are closed last, because what is bound below them needs a directory to be made first. */
function closingMounts(view: readonly ViewEntry[]): readonly string[] {
  const closed = view.filter((entry) => entry.kind === 'empty' && entry.access === 'read');
  return closed.map(({ at }) =>
    mountLine({ from: 'none', at, type: 'none', options: ['remount', 'bind', 'ro', ...safeFlags()] }),
  );
}

function makeParent(at: string): string {
  const parent = quote(`./${at.slice(1, Math.max(1, at.lastIndexOf('/')))}`);
  return `[ -d ${parent} ] || mkdir -p ${parent}`;
}

function relative(at: string): string {
  return quote(`./${at.slice(1)}`);
}

interface Mount {
  readonly at: string;
  readonly flags: readonly string[];
  /** Of the file system. */
  readonly type: string;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html; parents come before what is mounted on them. */
function readMounts(): readonly Mount[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [, , , , at = '', options = '', ...rest] = line.split(' ');
    const flags = options.split(',').filter((flag) => /^(nosuid|nodev|noexec|noatime|nodiratime|relatime)$/.test(flag));
    return { at: unescapeMountPath(at), flags, type: rest[rest.indexOf('-') + 1] ?? '' };
  });
}

/** For a runtime that would make control groups although nobody asks for any: they are root's on the machine, whoever is root here. */
export function closeControlGroups(): readonly string[] {
  return readMounts()
    .filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
    .map(({ at, flags }) => `mount -o remount,bind,ro,${safeFlags(flags).join(',')} ${quote(at)}`);
}

function unescapeMountPath(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
