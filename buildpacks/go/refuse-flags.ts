import { TsbuildpackError } from '../../src/buildpack/builtin.ts';

interface Refusal {
  readonly flags: readonly string[];
  readonly why: string;
}

/** Flags that nobody may set, wherever they come from. */
const hostile: Refusal = {
  flags: ['toolexec', 'exec', 'overlay', 'vettool'],
  why: 'would run or compile something that is not in the source',
};

/** Flags that this buildpack sets itself or that would make it look in the wrong place. */
const own: Refusal = {
  flags: [
    'o',
    'C',
    'n',
    'i',
    'a',
    'pkgdir',
    'modcacherw',
    'buildvcs',
    'json',
    'asan',
    'msan',
    'race',
    'cover',
    'coverpkg',
    'covermode',
  ],
  why: 'does not fit here',
};

/**
 * Throws INVALID_INPUT when a flag is among those that let somebody else's program run during a build (`-toolexec`), naming where it
 * is set. A flag may begin with one or two dashes and have its value behind `=`.
 */
export function refuseHostileFlags(flags: readonly string[], where: string): void {
  refuse(flags, where, hostile);
}

/** For flags that are passed on: the hostile ones and those that cannot work here. */
export function refuseUnfitFlags(flags: readonly string[], where: string): void {
  refuse(flags, where, hostile);
  refuse(flags, where, own);
}

/** `--toolexec=x` → `toolexec`; undefined for what is no flag. */
export function flagName(word: string): string | undefined {
  return /^--?([A-Za-z][^=]*)/.exec(word)?.[1];
}

function refuse(flags: readonly string[], where: string, { flags: refused, why }: Refusal): void {
  const found = flags.find((flag) => refused.includes(flagName(flag) ?? ''));
  if (found === undefined) return;
  throw new TsbuildpackError(
    'INVALID_INPUT',
    `Cannot build with the flag "-${flagName(found)}" of ${where}: it ${why}`,
    {
      hint: `Remove the flag from ${where}`,
    },
  );
}
