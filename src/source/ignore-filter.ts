import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type DefaultRule, defaultRule, namesDefault } from './default-rules.ts';
import { dockerRules } from './docker-rules.ts';
import type { RuleLine } from './git-rules.ts';
import { gitRules, includeRules } from './git-rules.ts';
import type { Rules, Verdict } from './rules.ts';
import { readText } from './source-root-claim.ts';
import { mightMatchBelow, silent } from './rules.ts';

/** Decides what of a source root enters the build. Paths are `/`-separated and relative to the root. */
export interface SourceFilter {
  /** Why a path stays out: `.dockerignore:1`, `default: .git`; undefined when it enters. */
  hiddenBy(path: string, isDirectory: boolean): Hidden | undefined;
  /** Whether something below a hidden directory may still enter. */
  mayEnterBelow(directory: string): boolean;
  /** Equal for equal rules. */
  readonly key: string;
}

export interface Hidden {
  readonly by: string;
  /** Kept out by default, not by a rule of the user's. */
  readonly byDefault: boolean;
  /** Whether that depends on what is in the file. */
  readonly byContent: boolean;
}

export interface IgnoreFilterOptions {
  readonly root: string;
  /** The application inside the root, `.` when it is the root. */
  readonly appPath: string;
  /** `include` or `exclude` of the project descriptor, relative to the application. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** For messages. @default 'project.toml' */
  readonly descriptor?: string;
}

/** A list of rules and the directory that its paths are relative to. */
interface Rank {
  readonly base: string;
  readonly rules: Rules;
}

/**
 * The rules of a source tree. The highest rank that says something about a path decides: the project descriptor, then the application's
 * `.tsbuildpackignore` (gitignore syntax), then its `.dockerignore`, then the same two of the source root. Without a word from any, and
 * unless a rule names it, the defaults keep it out. Rules of the root never hide the application itself. Throws SOURCE_UNREADABLE.
 */
export function ignoreFilter(options: IgnoreFilterOptions): SourceFilter {
  const { root, appPath } = options;
  const ranks = readRanks(options);
  const depth = appPath === '.' ? 0 : appPath.split('/').length;

  function judge(path: string, isDirectory: boolean): { verdict: Verdict; rank: number } {
    for (const [rank, layer] of ranks.entries()) {
      const verdict = judgeIn(layer, path, { isDirectory, appPath });
      if (verdict.kind !== 'silent') return { verdict, rank };
    }
    return { verdict: silent, rank: ranks.length };
  }

  function hiddenBy(path: string, isDirectory: boolean): Hidden | undefined {
    if (leadsTo(path, appPath)) return undefined;
    const { verdict } = judge(path, isDirectory);
    if (verdict.kind === 'hidden') return { by: verdict.by, byDefault: false, byContent: false };
    const rule = defaultRule(root, path, isInside(path, appPath) ? depth : 0);
    if (rule === undefined || (verdict.kind === 'included' && namesDefault(verdict.pattern, rule))) return undefined;
    return { by: `default: ${rule.name}`, byDefault: true, byContent: rule.byContent };
  }

  function mayEnterBelow(directory: string): boolean {
    const { verdict, rank } = judge(directory, true);
    const kept =
      verdict.kind === 'hidden' ? undefined : defaultRule(root, directory, isInside(directory, appPath) ? depth : 0);
    return ranks.some(({ base, rules }, index) => {
      if (index > rank || (index === rank && !rules.reincludesOwn) || !isInside(directory, base)) return false;
      return rules.reincluding.some((pattern) => bringsBack(pattern, relativeTo(directory, base), kept));
    });
  }

  const key = createHash('sha256')
    .update(JSON.stringify([appPath, ...ranks.map(({ base, rules }) => [base, rules.text])]))
    .digest('hex');
  return { hiddenBy, mayEnterBelow, key };
}

function bringsBack(pattern: string, directory: string, kept: DefaultRule | undefined): boolean {
  return (kept === undefined || namesDefault(pattern, kept)) && mightMatchBelow(pattern, directory);
}

interface JudgeOptions {
  readonly isDirectory: boolean;
  readonly appPath: string;
}

function judgeIn({ base, rules }: Rank, path: string, { isDirectory, appPath }: JudgeOptions): Verdict {
  if (path === base || !isInside(path, base)) return silent;
  const verdict = rules.judge(relativeTo(path, base), isDirectory);
  if (verdict.kind !== 'hidden' || base === appPath || !isInside(path, appPath)) return verdict;
  // A rule of the source root that would hide the whole application: it was named to be built, so the rule is for others.
  const ofApp = rules.judge(relativeTo(appPath, base), true);
  return ofApp.kind === 'hidden' && ofApp.by === verdict.by ? silent : verdict;
}

function readRanks({
  root,
  appPath,
  include,
  exclude,
  descriptor = 'project.toml',
}: IgnoreFilterOptions): readonly Rank[] {
  const ranks: Rank[] = [];
  if (include) ranks.push({ base: appPath, rules: includeRules(include, `${descriptor} include`) });
  if (exclude) {
    const lines = exclude.map((pattern) => ({ name: `${descriptor} exclude "${pattern}"`, pattern }));
    ranks.push({ base: appPath, rules: gitRules(lines) });
  }
  for (const base of new Set([appPath, '.'])) {
    const ofFile = (name: string, parse: (lines: readonly RuleLine[]) => Rules): void => {
      const lines = readLines(root, base === '.' ? name : `${base}/${name}`);
      if (lines.length > 0) ranks.push({ base, rules: parse(lines) });
    };
    ofFile('.tsbuildpackignore', gitRules);
    ofFile('.dockerignore', dockerRules);
  }
  return ranks;
}

function readLines(root: string, file: string): readonly RuleLine[] {
  return (readText(join(root, file)) ?? '')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((pattern, index) => ({ name: `${file}:${index + 1}`, pattern }))
    .filter(({ pattern }) => pattern.trim() !== '' && !pattern.startsWith('#'));
}

/** Whether the path is the application or a directory above it. */
function leadsTo(path: string, appPath: string): boolean {
  return path === appPath || appPath.startsWith(`${path}/`);
}

function isInside(path: string, base: string): boolean {
  return base === '.' || path.startsWith(`${base}/`);
}

function relativeTo(path: string, base: string): string {
  return base === '.' ? path : path.slice(base.length + 1);
}
