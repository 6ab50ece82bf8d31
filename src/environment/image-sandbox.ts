import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildRoot } from './build-environment.ts';
import { buildUser } from './build-user.ts';
import type { Network } from './bundle-config.ts';
import { planImageView } from './image-view.ts';
import { readInRoot } from './read-in-root.ts';
import type { Confinement } from './sandbox-maker.ts';
import type { WorkDirs } from './sandbox-view.ts';
import type { Sandbox } from './sandboxed-exec.ts';
import { seccompFilter } from './seccomp-filter.ts';

export interface ImageSandboxOptions {
  readonly buildRoot: BuildRoot;
  readonly workDirs: WorkDirs;
  readonly network: Network;
  readonly maxProcesses: number;
  readonly controlGroup?: string | undefined;
}

export interface ImageSandbox extends Sandbox {
  /** Of the build user, inside. */
  readonly home: string;
}

/** The sandbox over the root file system of an image: isolation `image`. */
export function imageSandbox(options: ImageSandboxOptions): ImageSandbox {
  const { buildRoot, workDirs, network, maxProcesses, controlGroup } = options;
  const { dir: root, user } = buildRoot;
  const accounts = readInRoot(root, '/etc/passwd');
  const account = accountOf(accounts, user.uid);
  const home = account === undefined ? buildUser.home : usableHome(account[5]);
  const passwd = account === undefined ? writeAccounts(workDirs.aside, accounts, user) : undefined;
  return {
    aside: workDirs.aside,
    user,
    network,
    home,
    confinement: makeConfinement(workDirs.aside, { maxProcesses, controlGroup }),
    view: ({ readable, writable }) =>
      planImageView({
        root,
        workDirs,
        home,
        ...(passwd !== undefined && { passwd }),
        hasNetwork: network === 'host',
        readable,
        writable,
      }),
  };
}

/** How many processes and threads may run at a time, when nobody says otherwise. */
export const defaultMaxProcesses = 4096;

/** What programs of an image are confined by; its files are put into the directory. */
export function makeConfinement(
  aside: string,
  { maxProcesses, controlGroup }: Pick<ImageSandboxOptions, 'maxProcesses' | 'controlGroup'>,
): Confinement {
  const filter = writeFilter(aside);
  return {
    maxProcesses,
    ...(filter !== undefined && { filter }),
    ...(controlGroup !== undefined && { controlGroup }),
  };
}

function writeFilter(aside: string): string | undefined {
  const program = seccompFilter();
  if (program === undefined) return undefined;
  const file = join(aside, 'system-calls.bpf');
  writeFileSync(file, program, { mode: 0o600 });
  return file;
}

function accountOf(passwd: string, uid: number): readonly string[] | undefined {
  const lines = passwd.split('\n').map((line) => line.split(':'));
  return lines.find((fields) => fields[2] === String(uid));
}

/** The home is private and empty: only a place that is nothing but a home may be covered by it. */
function usableHome(home: string | undefined): string {
  return home !== undefined && /^\/home(?:\/[A-Za-z0-9_][\w.-]*)+$/.test(home) ? home : buildUser.home;
}

function writeAccounts(aside: string, accounts: string, { uid, gid }: BuildRoot['user']): string {
  const file = join(aside, 'image-passwd');
  const others = accounts === '' || accounts.endsWith('\n') ? accounts : `${accounts}\n`;
  writeFileSync(file, `${others}${buildUser.name}:x:${uid}:${gid}::${buildUser.home}:/bin/sh\n`);
  return file;
}
