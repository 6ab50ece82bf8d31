import { spawnSync } from 'node:child_process';
import type { LifecycleCommand } from './creator-command.ts';

/** How a lifecycle ended, and what it printed. */
export interface Ran {
  readonly exit: number;
  readonly output: string;
}

/** Runs a phase of the reference, one program that acts by the name it is called by. */
export function runReference({ name, args, env }: LifecycleCommand): Ran {
  const options = { argv0: name, env: { ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr, error } = spawnSync('/reference/lifecycle', args, options);
  if (error) throw error;
  return { exit: status ?? -1, output: stdout + stderr };
}
