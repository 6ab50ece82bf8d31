import { existsSync } from 'node:fs';
import { buildUser } from './build-user.ts';
import type { Network } from './bundle-config.ts';
import type { HiddenPlace } from './hidden-places.ts';
import type { WorkDirs } from './sandbox-view.ts';
import { planView } from './sandbox-view.ts';
import type { Sandbox } from './sandboxed-exec.ts';

export interface SystemSandboxOptions {
  readonly workDirs: WorkDirs;
  /** What of the host is not to be seen although it lies in a system directory. */
  readonly hidden: readonly HiddenPlace[];
  readonly network: Network;
}

/** The sandbox over the machine's own system directories: isolation `real`. */
export function systemSandbox({ workDirs, hidden, network }: SystemSandboxOptions): Sandbox {
  return {
    aside: workDirs.aside,
    user: buildUser,
    network,
    view: ({ readable, writable }) => {
      // What has gone since it was looked up cannot be covered, and need not be.
      const present = hidden.filter((place) => existsSync(place.path));
      return planView({ workDirs, hidden: present, readable, writable });
    },
  };
}
