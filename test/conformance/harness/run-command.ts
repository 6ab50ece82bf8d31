import { spawnSync } from 'node:child_process';
import { places } from './materialize.ts';
import type { Ran } from './run-reference.ts';

/** Runs `tsbuildpack` as its users do. */
export function runCommand(args: readonly string[]): Ran {
  const { status, stdout, stderr, error } = spawnSync('/node', ['/tsbuildpack/dist/cli.js', ...args], {
    env: { HOME: places.home, PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
  });
  if (error) throw error;
  return { exit: status ?? -1, output: stdout + stderr };
}

/** One after the other; the first that fails ends it. */
export function runCommands(commands: readonly (readonly string[])[]): Ran {
  const outputs: string[] = [];
  for (const args of commands) {
    const { exit, output } = runCommand(args);
    outputs.push(output);
    if (exit !== 0) return { exit, output: outputs.join('\n') };
  }
  return { exit: 0, output: outputs.join('\n') };
}

/** `tsbuildpack rebase` for what a platform tells the rebaser; undefined where the command has no word for it. */
export function rebaseCommand(flags: readonly string[]): readonly string[] | undefined {
  const images = flags.filter((flag) => !flag.startsWith('-'));
  const words = flags.filter((flag) => flag.startsWith('-')).map(commandFlag);
  if (images.length !== 1 || words.includes(undefined)) return undefined;
  return ['rebase', ...words.flatMap((word) => word ?? []), `docker://${images.join('')}`];
}

function commandFlag(flag: string): readonly string[] | undefined {
  if (flag === '-force') return ['--force'];
  const [, runImage] = /^-run-image=(.+)$/.exec(flag) ?? [];
  return runImage === undefined ? undefined : ['--run-image', `docker://${runImage}`];
}
