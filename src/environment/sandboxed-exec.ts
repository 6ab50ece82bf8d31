import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { SpawnResult } from '../fs/spawn.ts';
import { spawnLines } from '../fs/spawn.ts';
import type { BuildEnvironment, ExecOptions, ExecResult } from './build-environment.ts';
import { accountFiles } from './build-user.ts';
import type { SandboxCommand, SandboxMaker } from './sandbox-maker.ts';
import type { ViewEntry } from './sandbox-view.ts';
import { setupFailed } from './shell.ts';
import { noDirectory } from './unshare.ts';

/** What every program of an environment gets alike. */
export interface Sandbox extends Pick<SandboxCommand, 'user' | 'network' | 'confinement'> {
  /** A private directory that no sandbox shows. */
  readonly aside: string;
  /** What a program sees that was given these paths of the host. */
  view(shown: { readonly readable: readonly string[]; readonly writable: readonly string[] }): readonly ViewEntry[];
}

export interface SandboxedExecOptions {
  readonly maker: SandboxMaker;
  readonly sandbox: Sandbox;
}

/** Runs programs in the sandbox, one sandbox each: what a child leaves running ends with it. */
export function sandboxedExec({ maker, sandbox }: SandboxedExecOptions): BuildEnvironment['exec'] {
  return async (argv: readonly string[], options: ExecOptions): Promise<ExecResult> => {
    if (argv.length === 0) throw new TsbuildpackError('INTERNAL', 'Cannot start a program: the command is empty');
    const { env, cwd, readable = [], writable = [], onLine, input, signal, maxCollectBytes } = options;
    const { user, confinement } = sandbox;
    const network = options.network ?? sandbox.network;
    const command = { argv, env, cwd, user, network, ...(confinement && { confinement }) };
    const prepared = maker.prepare(sandbox.view({ readable, writable }), command);
    const path = join(sandbox.aside, `exec-${randomBytes(8).toString('hex')}`);
    writeFileSync(path, prepared.file, { mode: 0o600, flag: 'wx' });
    try {
      const result = await spawnLines(prepared.argv(path), {
        // Not the child's: a variable such as LD_PRELOAD must not reach a program outside of the sandbox.
        env: { PATH: '/usr/bin:/bin' },
        cwd: '/',
        passDescriptors: false,
        signal,
        ...(onLine === undefined ? {} : { onLine }),
        ...(input === undefined ? {} : { input }),
        ...(maxCollectBytes === undefined ? {} : { maxCollectBytes }),
      });
      refuseUnstarted(argv[0] ?? '', cwd, result);
      return result;
    } finally {
      rmSync(path, { force: true });
    }
  };
}

/** The stand-ins for what is hidden; in a directory that no sandbox shows. */
export function writeAside(aside: string): void {
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  chmodSync(aside, 0o700);
  writeFileSync(join(aside, 'empty'), '');
  writeFileSync(join(aside, 'passwd'), accountFiles.passwd);
  writeFileSync(join(aside, 'group'), accountFiles.group);
}

/** Tells a program that was not started, or a sandbox that was not made, from a program that ended with the same status. */
function refuseUnstarted(program: string, cwd: string, result: SpawnResult): void {
  if (result.exitCode === 0 || result.stdout !== '') return;
  const [first = ''] = result.stderr.split('\n');
  refuseMissingProgram(program, first, result.exitCode);
  if (first.startsWith("bwrap: Can't chdir") || first === noDirectory) {
    const why = `its working directory "${cwd}" does not exist`;
    throw new TsbuildpackError('COMMAND_NOT_FOUND', `Cannot start "${program}": ${why}`);
  }
  if (/^(?:bwrap|unshare): /.test(first) || result.stderr.includes(setupFailed)) {
    const message = `Cannot start "${program}": the build environment could not be made`;
    throw new TsbuildpackError('ISOLATION_UNAVAILABLE', message, {
      detail: result.stderr.trim(),
      hint: 'Run "tsbuildpack doctor" to see which ways there are, or use --isolation mapped',
    });
  }
}

/** `env` starts the program in the sandbox: https://www.gnu.org/software/coreutils/manual/html_node/env-invocation.html */
function refuseMissingProgram(program: string, firstLine: string, exitCode: number): void {
  if (!/^(?:\/usr\/bin\/)?env: /.test(firstLine) || !firstLine.includes(program)) return;
  if (exitCode === 127) {
    const message = `Cannot start "${program}": there is no such program in the build environment`;
    throw new TsbuildpackError('COMMAND_NOT_FOUND', message, { detail: firstLine });
  }
  if (exitCode === 126) {
    const message = `Cannot start "${program}": it is not executable in the build environment`;
    throw new TsbuildpackError('COMMAND_NOT_EXECUTABLE', message, { detail: firstLine });
  }
}
