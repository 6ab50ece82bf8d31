/** What one list of rules says about a path. */
export type Verdict =
  | { readonly kind: 'silent' }
  | {
      readonly kind: 'hidden' | 'included';
      /** Which rule, for people: `.dockerignore:3`. */
      readonly by: string;
      /** Its pattern without `!`. */
      readonly pattern: string;
    };

export const silent: Verdict = { kind: 'silent' };

/** A list of rules over paths below one directory, `/`-separated and relative to it. */
export interface Rules {
  judge(path: string, isDirectory: boolean): Verdict;
  /** Patterns that can include a path again although a directory above it is hidden, by this list or one of lower rank. */
  readonly reincluding: readonly string[];
  /** Whether `reincluding` holds against this list itself too: gitignore cannot include what is below an excluded directory. */
  readonly reincludesOwn: boolean;
  /** What it consists of, for keys. */
  readonly text: string;
}

/** Whether a path below the directory might match a pattern. Errs on the side of yes. */
export function mightMatchBelow(pattern: string, directory: string): boolean {
  const wanted = pattern.replace(/^\/|\/$/g, '').split('/');
  // A gitignore pattern without a slash matches at any depth; asked of a Docker pattern this only costs time.
  if (wanted.length === 1 && !pattern.startsWith('/')) return true;
  for (const [depth, segment] of directory.split('/').entries()) {
    const part = wanted[depth];
    if (part === undefined || part === '**') return true;
    if (!/[*?[\\]/.test(part) && part !== segment) return false;
  }
  return true;
}
