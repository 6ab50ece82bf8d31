import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { buildUser } from './build-user.ts';
import type { HiddenPlace } from './hidden-places.ts';
import { isWithin } from './path-within.ts';

/** One thing to be seen in the sandbox. A view is a list of them, parents first. */
export type ViewEntry =
  | { readonly kind: 'bind'; readonly at: string; readonly from: string; readonly access: 'read' | 'write' }
  | { readonly kind: 'empty'; readonly at: string; readonly access: 'read' | 'write' }
  | { readonly kind: 'symlink'; readonly at: string; readonly to: string };

export interface ViewRequest {
  /** Host directories that the build works in. */
  readonly workDirs: WorkDirs;
  /** What of the host is not to be seen although it lies in a system directory. */
  readonly hidden: readonly HiddenPlace[];
  readonly readable: readonly string[];
  readonly writable: readonly string[];
}

export interface WorkDirs {
  readonly app: string;
  readonly layers: string;
  readonly platform: string;
  readonly buildpacks: string;
  readonly home: string;
  readonly tmp: string;
  /** Files and directories that stand for what is hidden. */
  readonly aside: string;
}

/**
 * What holds the operating system and its tools. All else at the root (homes, `/srv`, `/data`, somebody's `/workspace`) may hold
 * anything and is not shown; what a buildpack needs of it is named.
 */
const systemDirs = ['bin', 'etc', 'gnu', 'lib', 'lib32', 'lib64', 'libx32', 'nix', 'opt', 'sbin', 'sys', 'usr'];
/** State of the host's services and people lives under /var; only these are parts of the tools (SUSE's CA bundle, Debian's gems). */
const systemStateDirs = ['/var/lib/ca-certificates', '/var/lib/dpkg', '/var/lib/gems', '/var/lib/rpm'];
const emptyDirs = ['/home', '/media', '/mnt', '/root', '/run', '/srv', '/var'];

/** Plans what a process sees: parents before children, one entry a path. The sandbox's own /proc and /dev are there before it. */
export function planView(request: ViewRequest): readonly ViewEntry[] {
  const entries = new Map<string, ViewEntry>();
  const add = (entry: ViewEntry): void => void entries.set(entry.at, entry);
  for (const at of emptyDirs) add({ kind: 'empty', at, access: 'read' });
  for (const entry of systemEntries()) add(entry);
  const named = namedEntries(request);
  const shown = [...entries.values(), ...named].filter(({ kind }) => kind === 'bind').map(({ at }) => at);
  for (const entry of hiddenEntries(request, shown)) add(entry);
  for (const entry of accountEntries(request.workDirs)) add(entry);
  for (const entry of named) add(entry);
  for (const entry of workEntries(request.workDirs, buildUser.home)) add(entry);
  for (const entry of processEntries(request.workDirs)) add(entry);
  return [...entries.values()].toSorted(byPath);
}

/** Parents before children. */
export function byPath(a: ViewEntry, b: ViewEntry): number {
  return a.at === b.at ? 0 : comparePaths(a.at, b.at);
}

function comparePaths(a: string, b: string): number {
  const left = a.replaceAll('/', '\0');
  const right = b.replaceAll('/', '\0');
  return left < right ? -1 : 1;
}

function systemEntries(): readonly ViewEntry[] {
  const entries: ViewEntry[] = [];
  for (const name of systemDirs) {
    const at = `/${name}`;
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) entries.push(linkedSystemDir(at));
    if (stats?.isDirectory()) entries.push({ kind: 'bind', at, from: at, access: 'read' });
  }
  for (const at of systemStateDirs) {
    if (existsSync(at)) entries.push({ kind: 'bind', at, from: at, access: 'read' });
  }
  entries.push({ kind: 'symlink', at: '/var/run', to: '/run' }, { kind: 'empty', at: '/var/tmp', access: 'write' });
  return [...entries, ...outsideTargets()];
}

/** /bin is usr/bin nearly everywhere; a link to a place that is not shown becomes the directory itself. */
function linkedSystemDir(at: string): ViewEntry {
  const target = realpathOf(at) ?? '/';
  return target === '/' || isSystemPath(target)
    ? { kind: 'symlink', at, to: readlinkSync(at) }
    : { kind: 'bind', at, from: target, access: 'read' };
}

/** Configuration that distributions keep elsewhere behind a symlink: systemd's resolver file, NixOS's profile. */
function outsideTargets(): readonly ViewEntry[] {
  const entries: ViewEntry[] = [];
  for (const link of ['/etc/resolv.conf', '/etc/hosts', '/etc/localtime']) {
    const target = realpathOf(link);
    if (target !== undefined && (isWithin(target, '/run') || isWithin(target, '/var') || isWithin(target, '/mnt'))) {
      entries.push({ kind: 'bind', at: target, from: target, access: 'read' });
    }
  }
  const profile = '/run/current-system';
  if (lstatSync(profile, { throwIfNoEntry: false })?.isSymbolicLink()) {
    entries.push({ kind: 'symlink', at: profile, to: readlinkSync(profile) });
  }
  return entries;
}

function hiddenEntries({ hidden, workDirs }: ViewRequest, shown: readonly string[]): readonly ViewEntry[] {
  const inSight = hidden.filter(({ path }) => shown.some((dir) => path !== dir && isWithin(path, dir)));
  return inSight.map(({ path, kind }) =>
    kind === 'directory'
      ? { kind: 'empty', at: path, access: 'read' }
      : { kind: 'bind', at: path, from: `${workDirs.aside}/empty`, access: 'read' },
  );
}

function accountEntries({ aside }: WorkDirs): readonly ViewEntry[] {
  return ['passwd', 'group'].flatMap((name): readonly ViewEntry[] => {
    const at = realpathOf(`/etc/${name}`);
    return at === undefined ? [] : [{ kind: 'bind', at, from: `${aside}/${name}`, access: 'read' }];
  });
}

const kernelSettings = ['bus', 'fs', 'irq', 'mtrr', 'scsi', 'sys', 'sysrq-trigger'];
const kernelSecrets = ['acpi', 'kcore', 'keys', 'kmsg', 'latency_stats', 'sched_debug', 'timer_list', 'vmallocinfo'];

/**
 * When root builds, the child is the host's root to the kernel, only without capabilities, and the owner of the kernel's settings: it
 * could set the host's name. The lists are those of runc's default specification.
 */
export function processEntries({ aside }: WorkDirs): readonly ViewEntry[] {
  if (process.getuid?.() !== 0) return [];
  const entries: ViewEntry[] = [];
  for (const path of kernelSettings.map((name) => `/proc/${name}`).filter((file) => existsSync(file))) {
    entries.push({ kind: 'bind', at: path, from: path, access: 'read' });
  }
  for (const path of kernelSecrets.map((name) => `/proc/${name}`).filter((file) => existsSync(file))) {
    const isDirectory = lstatSync(path).isDirectory();
    if (isDirectory) entries.push({ kind: 'empty', at: path, access: 'read' });
    else entries.push({ kind: 'bind', at: path, from: `${aside}/empty`, access: 'read' });
  }
  return entries;
}

function namedEntries({ readable, writable }: ViewRequest): readonly ViewEntry[] {
  const isShown = isSystemPath;
  return [...bindsOf(readable, { access: 'read', isShown }), ...bindsOf(writable, { access: 'write', isShown })];
}

export interface BindOptions {
  readonly access: 'read' | 'write';
  /** Whether a symlink at this path is seen anyway. */
  readonly isShown: (path: string) => boolean;
}

/** Under the name that was given and under the real one, so that both a symlinked path and what it resolves to can be used. */
export function bindsOf(paths: readonly string[], { access, isShown }: BindOptions): readonly ViewEntry[] {
  return paths.flatMap((path): readonly ViewEntry[] => {
    const from = realpathOf(path);
    if (from === undefined || from === '/') return [];
    const places = from === path || isShown(path) ? [from] : [from, path];
    return places.map((at) => ({ kind: 'bind', at, from, access }));
  });
}

function isSystemPath(path: string): boolean {
  return systemDirs.some((name) => isWithin(path, `/${name}`));
}

export function workEntries(dirs: WorkDirs, home: string): readonly ViewEntry[] {
  return [
    { kind: 'bind', at: '/workspace', from: dirs.app, access: 'write' },
    { kind: 'bind', at: '/layers', from: dirs.layers, access: 'write' },
    { kind: 'bind', at: '/platform', from: dirs.platform, access: 'read' },
    { kind: 'bind', at: '/cnb/buildpacks', from: dirs.buildpacks, access: 'read' },
    { kind: 'bind', at: home, from: dirs.home, access: 'write' },
    { kind: 'bind', at: '/tmp', from: dirs.tmp, access: 'write' },
  ];
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
