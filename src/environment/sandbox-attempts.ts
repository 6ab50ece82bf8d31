import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import { bubblewrap } from './bubblewrap.ts';
import { findProgram } from './find-program.ts';
import type { IsolationFailure } from './isolation-failure.ts';
import { explainIsolationFailure } from './isolation-failure.ts';
import { runc } from './runc.ts';
import type { SandboxMaker } from './sandbox-maker.ts';
import type { Sandbox } from './sandboxed-exec.ts';
import { sandboxedExec } from './sandboxed-exec.ts';
import { unshare } from './unshare.ts';

/** Ways to make a sandbox, best first. */
export type SandboxMechanism = 'bubblewrap' | 'runc' | 'unshare' | 'bubblewrap without a user namespace';

export interface Attempt extends Partial<IsolationFailure> {
  readonly mechanism: string;
  readonly works: boolean;
}

export interface SandboxAttempts {
  /** The first that works. */
  readonly maker?: SandboxMaker;
  readonly attempts: readonly Attempt[];
}

export interface SandboxAttemptsOptions {
  readonly sandbox: Sandbox;
  /** @default all */
  readonly mechanisms?: readonly SandboxMechanism[];
  /** Where programs are looked for. @default the caller's PATH */
  readonly path?: string;
  readonly signal?: AbortSignal | undefined;
}

/** runc adds to what util-linux can do what programs of an image are confined by, and nothing else. */
function mechanismsFor({ confinement }: Sandbox): readonly SandboxMechanism[] {
  const runcOnly: readonly SandboxMechanism[] = confinement === undefined ? [] : ['runc'];
  return ['bubblewrap', ...runcOnly, 'unshare', 'bubblewrap without a user namespace'];
}

/** Tries one way after the other, each by starting a program in the whole view, until one works. */
export async function trySandboxes(options: SandboxAttemptsOptions): Promise<SandboxAttempts> {
  const attempts: Attempt[] = [];
  for (const mechanism of options.mechanisms ?? mechanismsFor(options.sandbox)) {
    const maker = makerFor(mechanism, options);
    if (maker === undefined) continue;
    // One at a time: most often the first works.
    // oxlint-disable-next-line no-await-in-loop
    const failure = 'reason' in maker ? maker : await probe(maker, options);
    if (failure === undefined && !('reason' in maker))
      return { maker, attempts: [...attempts, { mechanism, works: true }] };
    attempts.push({ mechanism, works: false, ...failure });
  }
  return { attempts };
}

function makerFor(
  mechanism: SandboxMechanism,
  { sandbox, path }: SandboxAttemptsOptions,
): SandboxMaker | IsolationFailure | undefined {
  if (process.platform !== 'linux') return { reason: `There are no namespaces on ${process.platform}` };
  if (mechanism === 'unshare' || mechanism === 'runc') return makerByUnshare(mechanism, { sandbox, path });
  const asRoot = mechanism !== 'bubblewrap';
  if (asRoot && process.getuid?.() !== 0) return undefined;
  const program = findProgram('bwrap', path);
  if (program !== undefined) return bubblewrap({ program, asRoot });
  return asRoot ? undefined : { reason: '"bwrap" is not installed', remedy: 'Install the package bubblewrap' };
}

function makerByUnshare(
  mechanism: 'unshare' | 'runc',
  { sandbox, path }: { readonly sandbox: Sandbox; readonly path: string | undefined },
): SandboxMaker | IsolationFailure {
  const program = findProgram('unshare', path);
  if (program === undefined) return { reason: '"unshare" is not installed', remedy: 'Install the package util-linux' };
  const newRoot = join(sandbox.aside, 'root');
  mkdirSync(newRoot, { recursive: true });
  if (mechanism === 'unshare') return unshare({ program, newRoot });
  const runtime = findProgram('runc', path);
  if (runtime === undefined) return { reason: '"runc" is not installed', remedy: 'Install the package runc' };
  return runc({ program: runtime, unshare: program, newRoot });
}

/** Looks from inside at what matters: the work directories can be written, the system cannot. */
async function probe(
  maker: SandboxMaker,
  { sandbox, signal }: SandboxAttemptsOptions,
): Promise<IsolationFailure | undefined> {
  // Tried, not asked: a shell may know modes only, and not that a mount is read-only.
  const test =
    '[ -w /layers ] && [ -w /workspace ] && [ -w /tmp ] && ! mkdir /usr/tsbuildpack /tsbuildpack /bin/tsbuildpack 2>/dev/null';
  try {
    const { exitCode, stderr } = await sandboxedExec({ maker, sandbox })(['/bin/sh', '-c', test], {
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/workspace',
      ...(signal === undefined ? {} : { signal }),
    });
    if (exitCode === 0) return undefined;
    return explainIsolationFailure(stderr === '' ? `the probe ended with status ${exitCode}` : stderr);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TsbuildpackError)) throw error;
    return explainIsolationFailure(error.detail ?? error.message);
  }
}
