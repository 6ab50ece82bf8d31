import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { holdsToken } from './npmrc-token.ts';

/** What never enters a build unless a rule of the user's names it: credentials, history, packages installed for this machine, our lock. */
export interface DefaultRule {
  /** `.git` */
  readonly name: string;
  /** Whether it depends on what is in the file. */
  readonly byContent: boolean;
}

interface NamedRule extends DefaultRule {
  readonly matches: (segment: string) => boolean;
}

const segmentRules: readonly NamedRule[] = [
  { name: '.git', byContent: false, matches: (segment) => segment === '.git' },
  // .env.example too: nobody can tell from outside what is in it, and no program reads it.
  { name: '.env*', byContent: false, matches: (segment) => segment.startsWith('.env') },
  { name: 'node_modules', byContent: false, matches: (segment) => segment === 'node_modules' },
  // What builds the application is no part of it: locking anew, with the same result, leaves the image as it was.
  { name: 'tsbuildpack.lock', byContent: false, matches: (segment) => segment === 'tsbuildpack.lock' },
];

const npmrc: DefaultRule = { name: '.npmrc with a token', byContent: true };

/** The default that keeps a path out; `inside` is how many of its segments (those of the app) the user named. */
export function defaultRule(root: string, path: string, inside: number): DefaultRule | undefined {
  const segments = path.split('/');
  for (const segment of segments.slice(inside)) {
    const rule = segmentRules.find(({ matches }) => matches(segment));
    if (rule !== undefined) return rule;
  }
  return segments.at(-1) === '.npmrc' && tokenIn(join(root, path)) ? npmrc : undefined;
}

/** Whether a pattern of the user's means what the default keeps out: `!.env.production` does, `!*` does not. */
export function namesDefault(pattern: string, rule: DefaultRule): boolean {
  const wanted = rule === npmrc ? ['.npmrc'] : [rule.name.replace('*', '')];
  return pattern
    .split('/')
    .some((segment) => wanted.some((name) => (rule.name === '.env*' ? segment.startsWith(name) : segment === name)));
}

function tokenIn(file: string): boolean {
  try {
    return statSync(file).isFile() && holdsToken(readFileSync(file, 'utf8'));
  } catch {
    // A directory, or not readable: who reads it next says so.
    return false;
  }
}
