import dockerIgnore from '@balena/dockerignore';
import type { RuleLine } from './git-rules.ts';
import { textOf } from './git-rules.ts';
import type { Rules, Verdict } from './rules.ts';
import { silent } from './rules.ts';

/**
 * Rules of a .dockerignore — https://docs.docker.com/build/concepts/context/#dockerignore-files. Every rule is anchored at the top and
 * also matches what is below; the last that matches decides. One matcher a rule, so that the rule can be named.
 */
export function dockerRules(lines: readonly RuleLine[]): Rules {
  const rules = lines.map(({ name, pattern }) => {
    const negative = pattern.startsWith('!');
    const positive = negative ? pattern.slice(1).trim() : pattern;
    return { name, negative, pattern: positive, matcher: dockerIgnore.default({ ignorecase: false }).add([positive]) };
  });

  // Nearly all paths match no rule: one question tells.
  const any = dockerIgnore.default({ ignorecase: false }).add(rules.map(({ pattern }) => pattern));

  function judge(path: string): Verdict {
    if (!any.ignores(askable(path))) return silent;
    const rule = rules.findLast(({ matcher }) => matcher.ignores(askable(path)));
    if (rule === undefined) return silent;
    return { kind: rule.negative ? 'included' : 'hidden', by: rule.name, pattern: rule.pattern };
  }

  const negated = rules.filter(({ negative }) => negative);
  return {
    judge,
    // Anchored, which mightMatchBelow() tells by the slash.
    reincluding: negated.map(({ pattern }) => (pattern.startsWith('/') ? pattern : `/${pattern}`)),
    reincludesOwn: true,
    text: textOf('docker', lines),
  };
}

/** The library looks paths up in a plain object, which "has" a few names of its own; below one of those it asks about the parent too. */
function askable(path: string): string {
  return path in Object.prototype ? `${path}/\0` : path;
}
