import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import type { BuildPaths, BuildRoot, ExecOptions } from '../../src/environment/build-environment.ts';
import type { EnvironmentDeps } from '../../src/environment/open-environment.ts';
import type { Event } from '../../src/events.ts';
import type { RootlessUser } from '../rootless.ts';
import { rootlessUser, runAs } from '../rootless.ts';
import { sharedDirectory } from '../temporary-directory.ts';

export interface DriverExec extends Partial<Omit<ExecOptions, 'onLine' | 'signal'>> {
  readonly argv: readonly string[];
  readonly abortAfterMs?: number;
}

export interface DriverRequest {
  readonly isolation: 'real' | 'image' | 'mapped' | 'auto';
  readonly root: string;
  readonly store: string;
  readonly hidden?: readonly string[];
  readonly buildRoot?: BuildRoot;
  readonly network?: 'host' | 'none';
  readonly deps?: EnvironmentDeps;
  readonly execs?: readonly DriverExec[];
}

export interface DriverError {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

export interface DriverExecAnswer {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly lines: readonly string[];
  readonly error?: DriverError;
}

export interface DriverAnswer {
  readonly isolation?: string;
  readonly mechanism?: string;
  readonly hides?: boolean;
  readonly paths?: BuildPaths;
  readonly results: readonly DriverExecAnswer[];
  readonly error?: DriverError;
  readonly events: readonly Event[];
}

/** Who runs the driver, and in front of what. */
export interface Who {
  readonly name: string;
  readonly user: RootlessUser;
  readonly wrapper?: readonly string[];
}

export const root: RootlessUser = { name: 'root', uid: 0, gid: 0 };

/** Everybody this process can be: root, where it is root, and a user without privileges. */
export function everybody(): readonly Who[] {
  const user = { name: 'a user', user: rootlessUser() };
  return process.getuid?.() === 0 ? [{ name: 'root', user: root }, user] : [user];
}

/** A folder with the bundled driver and the wrapper, readable by everyone. */
export async function makeDriver(): Promise<{
  readonly driver: string;
  readonly noNamespaces: string;
}> {
  const folder = sharedDirectory('tsbuildpack-driver');
  chmodSync(folder, 0o755);
  const driver = join(folder, 'driver.mjs');
  await build({
    entryPoints: [join(repositoryRoot, 'test/environment/environment-driver.ts')],
    outfile: driver,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  const noNamespaces = compileNoNamespaces(folder);
  return { driver, noNamespaces };
}

/** The wrapper that stands for a container without namespaces. */
export function compileNoNamespaces(folder: string): string {
  const program = join(folder, 'no-namespaces');
  execFileSync('gcc', ['-O1', '-o', program, join(repositoryRoot, 'test/environment/no-namespaces.c')]);
  return program;
}

/** Runs the driver as somebody whose home is `home`. */
export async function drive(
  driver: string,
  who: Who,
  request: DriverRequest & { readonly home: string },
): Promise<DriverAnswer> {
  const { home, ...rest } = request;
  const argv = [...(who.wrapper ?? []), process.execPath, driver];
  const { exitCode, stdout, stderr } = await runAs(who.user, argv, { home, cwd: '/', input: JSON.stringify(rest) });
  if (exitCode !== 0) throw new Error(`The driver ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as DriverAnswer;
}
