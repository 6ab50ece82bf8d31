import { readFileSync } from 'node:fs';

/** Why a way to isolate does not work here, and what would make it work. Sentences without a full stop. */
export interface IsolationFailure {
  readonly reason: string;
  readonly remedy?: string;
}

/** Whose failure it is; arguments for tests. */
export interface IsolationFailureContext {
  readonly readSetting: (path: string) => string | undefined;
  readonly isRoot: boolean;
}

const appArmorSetting = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
const debianSetting = '/proc/sys/kernel/unprivileged_userns_clone';
const maximumSetting = '/proc/sys/user/max_user_namespaces';

/** Turns what a failed probe printed into a reason that somebody can act on. */
export function explainIsolationFailure(
  output: string,
  context: IsolationFailureContext = thisProcess(),
): IsolationFailure {
  const { readSetting, isRoot } = context;
  const denied = /permission denied|operation not permitted|EPERM|EACCES|no permissions to create/i.test(output);
  if (denied && !isRoot && readSetting(appArmorSetting) === '1') {
    return {
      reason:
        'AppArmor allows user namespaces only to programs that have a profile (the default of Ubuntu 23.10 and later)',
      remedy:
        'Install the package apparmor-profiles and load its bwrap-userns-restrict profile, or run "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"',
    };
  }
  if (denied && !isRoot && readSetting(debianSetting) === '0') {
    return {
      reason: 'The kernel allows user namespaces to root only',
      remedy: 'Run "sudo sysctl kernel.unprivileged_userns_clone=1"',
    };
  }
  if (readSetting(maximumSetting) === '0' || /no space left on device|ENOSPC/i.test(output)) {
    return {
      reason: 'The kernel allows no more user namespaces (user.max_user_namespaces)',
      remedy: 'Run "sudo sysctl user.max_user_namespaces=15000"',
    };
  }
  if (denied) return deniedAs(output, isRoot ? 'the container we run in' : 'a container or a service manager');
  return { reason: firstLine(output) };
}

function deniedAs(output: string, who: string): IsolationFailure {
  const what = /proc/.test(output) && /mount/i.test(output) ? 'mounting /proc' : 'namespaces and mounts';
  return {
    reason: `A system call filter, as ${who} sets one, forbids ${what} (${firstLine(output)})`,
    remedy:
      'Start the container with "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"',
  };
}

/** Without the advice that distributions add to their bwrap's messages. */
function firstLine(output: string): string {
  const [line = ''] = output.trim().split('\n');
  return line.replace(/, likely because .*$/, '').slice(0, 200);
}

function thisProcess(): IsolationFailureContext {
  return { readSetting: readKernelSetting, isRoot: process.getuid?.() === 0 };
}

function readKernelSetting(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
