import { startConfined } from './confine.ts';
import { refusedSystemCalls } from './refused-system-calls.ts';
import type { SandboxCommand, SandboxMaker } from './sandbox-maker.ts';
import { newNamespaces, otherFamilies, terminalInput } from './seccomp-filter.ts';
import { quote, setupFailed } from './shell.ts';
import { closeControlGroups, closeNewRoot, inNamespaces, noDirectory, sandboxScript } from './unshare.ts';

export interface RuncOptions {
  /** Absolute path of `runc`. */
  readonly program: string;
  /** Absolute path of util-linux's `unshare`. */
  readonly unshare: string;
  /** An empty host directory on which the new root is mounted. */
  readonly newRoot: string;
}

/**
 * The same view as by util-linux, in the same namespaces; runc then takes the old root away and filters system calls. It needs an id 0 in
 * the user namespace, and the caller has only one: so the child is root there, without any capability.
 */
export function runc({ program, unshare, newRoot }: RuncOptions): SandboxMaker {
  return {
    mechanism: 'runc',
    runsAsRoot: true,
    filters: true,
    prepare(view, command) {
      const start = startByRunc({ program, newRoot, command });
      return {
        file: sandboxScript(view, { newRoot, command, start }),
        argv: (file) => [...inNamespaces(unshare, command), '/bin/sh', file],
      };
    },
  };
}

interface Start {
  readonly program: string;
  readonly newRoot: string;
  readonly command: SandboxCommand;
}

/** What it says of control groups, which it may not make, is for nobody; only what kept it from starting the command is shown. */
function startByRunc({ program, newRoot, command }: Start): readonly string[] {
  return [
    ...closeNewRoot(newRoot),
    ...closeControlGroups(),
    // It looks its children up there, by the ids that they have in this namespace.
    `mount --rbind ${quote(`${newRoot}/proc`)} /proc`,
    'mkdir -p "$0.d"',
    `cat >"$0.d/config.json" <<'end of config'`,
    JSON.stringify(specOf(newRoot, command)),
    'end of config',
    'trap - EXIT',
    `[ -d ${quote(`${newRoot}${command.cwd}`)} ] || { echo '${noDirectory}' >&2; exit 125; }`,
    'set +e',
    `${quote(program)} --root "$0.d/state" --log "$0.d/log" run --bundle "$0.d" tsbuildpack-$$-\${0##*-}`,
    'status=$?',
    `if grep -q level=error "$0.d/log"; then cat "$0.d/log" >&2; echo '${setupFailed}' >&2; fi`,
    'rm -rf "$0.d"',
    '(exit $status)',
  ];
}

/** https://github.com/opencontainers/runtime-spec/blob/v1.1.0/config.md; what is mounted in the new root already is not named. */
function specOf(newRoot: string, { argv, env, cwd, confinement }: SandboxCommand): unknown {
  const args = startConfined(argv, { env, maxProcesses: confinement?.maxProcesses ?? Infinity });
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: newRoot, readonly: false },
    // With a /dev of its own it makes no devices.
    mounts: [{ destination: '/dev', type: 'bind', source: `${newRoot}/dev`, options: ['rbind'] }],
    linux: {
      namespaces: [{ type: 'mount' }],
      ...(confinement?.filter !== undefined && { seccomp: seccompOf() }),
    },
  };
}

const errno = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

/** What `seccompFilter` says, in the words of the runtime specification. */
function seccompOf(): unknown {
  const refuse = (names: readonly string[], errnoRet: number, args: readonly unknown[] = []): unknown => ({
    names,
    action: 'SCMP_ACT_ERRNO',
    errnoRet,
    ...(args.length > 0 && { args }),
  });
  const namespaceFlags = Array.from({ length: 31 }, (_, bit) => 2 ** bit).filter(
    (flag) => (newNamespaces & flag) !== 0,
  );
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures:
      process.arch === 'arm64'
        ? ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']
        : ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: [
      refuse(
        refusedSystemCalls.map(([name]) => name),
        errno.EPERM,
      ),
      refuse(['clone3'], errno.ENOSYS),
      ...namespaceFlags.map((flag) =>
        refuse(['clone'], errno.EPERM, [{ index: 0, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }]),
      ),
      ...terminalInput.map((request) =>
        refuse(['ioctl'], errno.EPERM, [{ index: 1, value: request, op: 'SCMP_CMP_EQ' }]),
      ),
      ...otherFamilies.map((family) =>
        refuse(['socket'], errno.EAFNOSUPPORT, [{ index: 0, value: family, op: 'SCMP_CMP_EQ' }]),
      ),
    ],
  };
}
