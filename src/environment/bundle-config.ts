import { TsbuildpackError } from '../errors.ts';
import type { ContainerConfig, ImageConfig } from '../oci/image-config.ts';
import type { IdMapping } from './id-mapping.ts';
import { hostId } from './id-mapping.ts';
import type { ImageUser } from './image-user.ts';
import type { RuntimeLinux, RuntimeMount, RuntimeProcess, RuntimeSpec, RuntimeUser } from './runtime-spec.ts';

export type Network = 'host' | 'none';

export interface BundleConfigOptions {
  /** Who the image's user is: `resolveImageUser`. */
  readonly user: ImageUser;
  readonly ids: IdMapping;
  /** @default 'host' */
  readonly network?: Network;
  /** @default 'tsbuildpack' */
  readonly hostname?: string;
  /** Whether the runtime makes a terminal; then it has to be started on one. @default false */
  readonly terminal?: boolean;
  /** Files of this machine that give the host's network its names; bound over the image's. @default none */
  readonly networkFiles?: readonly string[];
}

/** How many of a bundle's arguments are the entrypoint, so that a later run can replace those behind them. */
export const entrypointAnnotation = 'dev.tsbuildpack.entrypoint-length';

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What a runtime is told about an image: https://github.com/opencontainers/image-spec/blob/main/conversion.md. No rlimits: they are the
 * caller's, which not every host lets one raise. No cgroup settings: a user seldom has any.
 */
export function bundleConfig(image: ImageConfig, options: BundleConfigOptions): RuntimeSpec {
  const { ids, network = 'host', hostname = 'tsbuildpack', networkFiles = [] } = options;
  return {
    ociVersion: '1.0.2',
    process: processOf(image.config ?? {}, options),
    root: { path: 'rootfs', readonly: false },
    hostname,
    mounts: [...mountsFor(ids), ...(network === 'host' ? networkFiles.map(bindFile) : [])],
    annotations: { [entrypointAnnotation]: String(image.config?.Entrypoint?.length ?? 0) },
    linux: linuxPart(ids, network),
  };
}

function processOf(config: ContainerConfig, { user, ids, terminal = false }: BundleConfigOptions): RuntimeProcess {
  const args = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (args.length === 0) {
    throw new TsbuildpackError(
      'RUN_FAILED',
      'Cannot make a bundle of the image: it has neither an entrypoint nor a command',
    );
  }
  const capabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];
  return {
    terminal,
    user: runtimeUser(user, ids),
    args,
    env: environmentOf(config.Env ?? [], { home: user.home, terminal }),
    cwd: config.WorkingDir === undefined || config.WorkingDir === '' ? '/' : config.WorkingDir,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    noNewPrivileges: true,
  };
}

function environmentOf(
  env: readonly string[],
  { home, terminal }: { home: string; terminal: boolean },
): readonly string[] {
  const has = (name: string): boolean => env.some((entry) => entry.startsWith(`${name}=`));
  const added = [...(has('PATH') ? [] : [defaultPath]), ...(has('HOME') ? [] : [`HOME=${home}`])];
  return [...env, ...added, ...(terminal && !has('TERM') ? ['TERM=xterm'] : [])];
}

/** A user of the image that has no id on this machine cannot be had there; alone, the caller stands for all. */
function runtimeUser({ uid, gid, additionalGids = [] }: ImageUser, ids: IdMapping): RuntimeUser {
  if (ids.kind === 'single') return { uid: 0, gid: 0 };
  const groups = additionalGids.filter((group) => group !== gid);
  if (ids.kind === 'host') return { uid, gid, ...(groups.length === 0 ? {} : { additionalGids: groups }) };
  // No further groups: runc refuses them to who is not root (libcontainer, "cannot set any additional groups in a rootless container").
  if (hostId(uid, ids.uids) === undefined || hostId(gid, ids.gids) === undefined) {
    throw new TsbuildpackError(
      'RUN_FAILED',
      `Cannot run as ${uid}:${gid}: the id ranges in /etc/subuid and /etc/subgid do not reach that far`,
      {
        hint: 'Give yourself more ids with "usermod --add-subuids" and "--add-subgids", or run as root',
      },
    );
  }
  return { uid, gid };
}

/** As `runc spec` has them. A user may not mount sysfs without a network namespace of his own, nor a cgroup hierarchy. */
function mountsFor(ids: IdMapping): readonly RuntimeMount[] {
  const rootless = ids.kind !== 'host';
  const safe = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...(rootless ? [] : ['gid=5'])],
    },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...safe, 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: safe },
    rootless
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...safe, 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...safe, 'ro'] },
  ];
}

function bindFile(path: string): RuntimeMount {
  return { destination: path, type: 'bind', source: path, options: ['bind', 'ro', 'nosuid', 'noexec', 'nodev'] };
}

function linuxPart(ids: IdMapping, network: Network): RuntimeLinux {
  const mappings = ids.kind === 'host' ? {} : { uidMappings: ids.uids, gidMappings: ids.gids };
  return {
    ...mappings,
    namespaces: [
      { type: 'pid' },
      { type: 'ipc' },
      { type: 'uts' },
      { type: 'mount' },
      ...(ids.kind === 'host' ? [] : [{ type: 'user' as const }]),
      ...(network === 'none' ? [{ type: 'network' as const }] : []),
    ],
    maskedPaths: [
      '/proc/acpi',
      '/proc/asound',
      '/proc/kcore',
      '/proc/keys',
      '/proc/latency_stats',
      '/proc/timer_list',
      '/proc/timer_stats',
      '/proc/sched_debug',
      '/sys/firmware',
      '/proc/scsi',
    ],
    readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
  };
}
