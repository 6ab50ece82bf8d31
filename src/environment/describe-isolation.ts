import { lstatSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../fs/remove-tree.ts';
import type { Isolation } from './build-environment.ts';
import { findHiddenPlaces } from './hidden-places.ts';
import { defaultMaxProcesses, makeConfinement } from './image-sandbox.ts';
import type { EnvironmentDeps } from './open-environment.ts';
import { rootDirectoryNames } from './root-directories.ts';
import type { Attempt } from './sandbox-attempts.ts';
import { trySandboxes } from './sandbox-attempts.ts';
import type { Sandbox } from './sandboxed-exec.ts';
import { systemSandbox } from './system-sandbox.ts';
import { makeWorkDirs } from './work-dirs.ts';

export interface IsolationReport {
  /** What `auto` would choose here. */
  readonly isolation: Isolation;
  readonly mechanism: string;
  /** Whether credentials and sockets of the caller are out of a buildpack's sight. */
  readonly hides: boolean;
  /** Every way that was tried before, with the reason why it does not work, and the one that works. */
  readonly attempts: readonly Attempt[];
  /** What isolation `image` would be made by. */
  readonly image?: ImageIsolation;
}

export interface ImageIsolation {
  /** Undefined where it cannot be had. */
  readonly mechanism?: string;
  /** Whether system calls are filtered. */
  readonly filters: boolean;
  readonly attempts: readonly Attempt[];
}

/** Tries what `auto` would try, in a directory that is removed again, and changes nothing else. */
export async function describeIsolation(
  deps: EnvironmentDeps & { readonly signal?: AbortSignal } = {},
): Promise<IsolationReport> {
  const folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-isolation-'));
  try {
    const workDirs = await makeWorkDirs(folder);
    const sandbox = systemSandbox({ workDirs, hidden: findHiddenPlaces([]), network: 'host' });
    const { maker, attempts } = await trySandboxes({ ...deps, sandbox });
    const image = await describeImage(sandbox, deps);
    if (maker !== undefined) return { isolation: 'real', mechanism: maker.mechanism, hides: true, attempts, image };
    return { ...withoutSandbox(attempts, deps.base ?? '/'), image };
  } finally {
    await removeTree(folder);
  }
}

/** There is no image to try it with: the machine's own system stands for one. */
async function describeImage(
  sandbox: Sandbox,
  deps: EnvironmentDeps & { readonly signal?: AbortSignal },
): Promise<ImageIsolation> {
  const confinement = makeConfinement(sandbox.aside, { maxProcesses: defaultMaxProcesses });
  const { maker, attempts } = await trySandboxes({ ...deps, sandbox: { ...sandbox, confinement } });
  const filters = maker?.filters === true && confinement.filter !== undefined;
  return { ...(maker !== undefined && { mechanism: maker.mechanism }), filters, attempts };
}

function withoutSandbox(attempts: readonly Attempt[], base: string): IsolationReport {
  const mechanism = 'directories at /';
  const taken = rootDirectoryNames.find((name) => lstatSync(join(base, name), { throwIfNoEntry: false }) !== undefined);
  if (process.getuid?.() === 0 && taken === undefined) {
    return { isolation: 'real', mechanism, hides: false, attempts: [...attempts, { mechanism, works: true }] };
  }
  const reason = taken === undefined ? 'only root can make them' : `"${join(base, taken)}" exists`;
  return {
    isolation: 'mapped',
    mechanism: 'mapped directory',
    hides: false,
    attempts: [...attempts, { mechanism, works: false, reason }],
  };
}
