import { spawnSync } from 'node:child_process';
import { creatorCommand, type LifecycleCommand } from './creator-command.ts';
import type { Scenario } from './scenario.ts';

/** How a lifecycle ended, and what it printed. */
export interface Ran {
  readonly exit: number;
  readonly output: string;
}

/** Runs the reference's creator, one program that acts by the name it is called by. Gives its exit status. */
export function runReference(scenario: Scenario): Ran {
  return runLifecycle('/reference/lifecycle', creatorCommand(scenario));
}

function runLifecycle(program: string, { name, args, env }: LifecycleCommand): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    argv0: name,
    env: { ...env },
    encoding: 'utf8',
  });
  if (error) throw error;
  return { exit: status ?? -1, output: stdout + stderr };
}
