import { spawnLines } from '../fs/spawn.ts';
import type { ExecOptions, ExecResult } from './build-environment.ts';

/** Runs a program as a child of ours, where nothing can be hidden. */
export async function directExec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const { env, cwd, onLine, input, signal, maxCollectBytes } = options;
  return spawnLines(argv, {
    env,
    cwd,
    signal,
    ...(onLine === undefined ? {} : { onLine }),
    ...(input === undefined ? {} : { input }),
    ...(maxCollectBytes === undefined ? {} : { maxCollectBytes }),
  });
}
