import ignore from 'ignore';
import type { Rules, Verdict } from './rules.ts';
import { silent } from './rules.ts';

export interface RuleLine {
  /** For people: `.tsbuildpackignore:3`. */
  readonly name: string;
  readonly pattern: string;
}

/** Rules in gitignore's syntax — https://git-scm.com/docs/gitignore */
export function gitRules(lines: readonly RuleLine[]): Rules {
  const matcher = ignore({ ignorecase: false });
  for (const { name, pattern } of lines) matcher.add({ pattern, mark: name });
  const negated = negatedPatterns(lines);
  const directories = new Map<string, Verdict>();

  function judge(path: string, isDirectory: boolean): Verdict {
    const found = matcher.test(isDirectory ? `${path}/` : path);
    if (found.ignored) return hiddenBy(found.rule);
    if (negated.length === 0) return silent;
    return found.unignored ? includedBy(lastMatching(path, isDirectory)) : above(path);
  }

  /** A directory that was included again brings its content with it. */
  function above(path: string): Verdict {
    const slash = path.lastIndexOf('/');
    if (slash < 0) return silent;
    const directory = path.slice(0, slash);
    const known = directories.get(directory) ?? judge(directory, true);
    directories.set(directory, known);
    return known.kind === 'included' ? known : silent;
  }

  function lastMatching(path: string, isDirectory: boolean): RuleLine | undefined {
    return lines.findLast(
      ({ pattern }) =>
        pattern.startsWith('!') &&
        ignore({ ignorecase: false })
          .add(pattern.slice(1))
          .ignores(isDirectory ? `${path}/` : path),
    );
  }

  return { judge, reincluding: negated, reincludesOwn: false, text: textOf('git', lines) };
}

/** Only what matches may enter — `include` of https://github.com/buildpacks/spec/blob/main/extensions/project-descriptor.md */
export function includeRules(patterns: readonly string[], name: string): Rules {
  const matcher = ignore({ ignorecase: false }).add(patterns);
  const judge = (path: string, isDirectory: boolean): Verdict => {
    const { ignored, rule } = matcher.test(isDirectory ? `${path}/` : path);
    return ignored
      ? { kind: 'included', by: name, pattern: rule?.pattern ?? '' }
      : { kind: 'hidden', by: name, pattern: '' };
  };
  const lines = patterns.map((pattern) => ({ name, pattern }));
  return { judge, reincluding: patterns, reincludesOwn: true, text: textOf('include', lines) };
}

function hiddenBy(rule: { readonly mark?: string | undefined; readonly pattern: string } | undefined): Verdict {
  return { kind: 'hidden', by: rule?.mark ?? '', pattern: rule?.pattern ?? '' };
}

function includedBy(line: RuleLine | undefined): Verdict {
  return { kind: 'included', by: line?.name ?? '', pattern: line?.pattern.slice(1) ?? '' };
}

function negatedPatterns(lines: readonly RuleLine[]): readonly string[] {
  return lines.filter(({ pattern }) => pattern.startsWith('!')).map(({ pattern }) => pattern.slice(1));
}

export function textOf(kind: string, lines: readonly RuleLine[]): string {
  return [kind, ...lines.map(({ name, pattern }) => `${name} ${pattern}`)].join('\n');
}
