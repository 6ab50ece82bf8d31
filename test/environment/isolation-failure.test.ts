import { describe, expect, test } from 'vitest';
import { explainIsolationFailure } from '../../src/environment/isolation-failure.ts';

function settings(values: Record<string, string>) {
  return (path: string): string | undefined => values[path.slice(path.lastIndexOf('/') + 1)];
}

describe('explainIsolationFailure()', () => {
  test.each([
    {
      what: 'AppArmor on Ubuntu 24.04',
      output: 'bwrap: setting up uid map: Permission denied',
      values: { apparmor_restrict_unprivileged_userns: '1' },
      root: false,
      reason: /^AppArmor allows user namespaces only to programs that have a profile/,
      remedy: /apparmor/,
    },
    {
      what: "Debian's old switch",
      output: 'bwrap: No permissions to create new namespace, likely because the kernel does not allow it',
      values: { unprivileged_userns_clone: '0' },
      root: false,
      reason: /^The kernel allows user namespaces to root only$/,
      remedy: /unprivileged_userns_clone=1/,
    },
    {
      what: 'no user namespaces at all',
      output: 'unshare: unshare failed: No space left on device',
      values: { max_user_namespaces: '0' },
      root: true,
      reason: /max_user_namespaces/,
      remedy: /sysctl user.max_user_namespaces/,
    },
    {
      what: 'a container with the default filter, as a user',
      output: 'bwrap: No permissions to create new namespace\nmore',
      values: {},
      root: false,
      reason:
        /system call filter, as a container or a service manager sets one, forbids namespaces and mounts \(bwrap: No permissions/,
      remedy: /seccomp=unconfined/,
    },
    {
      what: 'a container with the default filter, as root',
      output: 'unshare: unshare failed: Operation not permitted',
      values: {},
      root: true,
      reason: /system call filter, as the container we run in sets one/,
      remedy: /seccomp=unconfined/,
    },
    {
      what: 'a /proc that is partly covered',
      output: "bwrap: Can't mount proc on /newroot/proc: Operation not permitted",
      values: {},
      root: true,
      reason: /forbids mounting \/proc/,
      remedy: /systempaths=unconfined/,
    },
  ])('names $what and what helps', ({ output, values, root, reason, remedy }) => {
    const failure = explainIsolationFailure(output, { readSetting: settings(values), isRoot: root });
    expect(failure.reason).toMatch(reason);
    expect(failure.remedy).toMatch(remedy);
  });

  test('gives what it does not know as it is', () => {
    expect(
      explainIsolationFailure('bwrap: Unknown option --gid\nsecond', { readSetting: () => undefined, isRoot: false }),
    ).toEqual({
      reason: 'bwrap: Unknown option --gid',
    });
  });
});
