export interface StartConfinedOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly maxProcesses: number;
}

/**
 * How a program of an image is started in its sandbox: with limits, which count for a user namespace only when they are set inside of it,
 * and without variables that the shell adds. No core files: where they would go to is the machine's business.
 */
export function startConfined(argv: readonly string[], { env, maxProcesses }: StartConfinedOptions): readonly string[] {
  const unset = ['PWD', 'OLDPWD', 'SHLVL', '_'].filter((name) => !(name in env)).flatMap((name) => ['-u', name]);
  return ['/bin/sh', '-c', `${limits(maxProcesses)}; exec "$@"`, 'sh', '/usr/bin/env', ...unset, ...argv];
}

/** bash and busybox call it -u, dash -p. A limit that is lower already stays. */
export function limits(maxProcesses: number): string {
  const set = (letter: string): string => `ulimit ${letter} ${maxProcesses} 2>/dev/null`;
  return `ulimit -c 0; if (${set('-u')}); then ${set('-u')}; else (${set('-p')}) && ${set('-p')} || :; fi`;
}
