/** A directive's value and the line where it stands, counted from 1. */
export interface Directive {
  readonly value: string;
  readonly line: number;
}

/** What decides about a build in go.mod: https://go.dev/ref/mod#go-mod-file */
export interface GoMod {
  readonly module: string | undefined;
  readonly go: Directive | undefined;
  readonly toolchain: Directive | undefined;
  /** `path version` of every required module. */
  readonly requires: readonly string[];
  /** Directories that stand for modules: `replace x => ../x`. */
  readonly localReplacements: readonly Directive[];
}

/** https://go.dev/ref/mod#go-work-file */
export interface GoWork {
  readonly go: Directive | undefined;
  readonly toolchain: Directive | undefined;
  readonly use: readonly Directive[];
}

/** Reads what is there; what Go would refuse is left for Go to refuse. */
export function parseGoMod(text: string): GoMod {
  const lines = [...directives(text)];
  const first = firstOf(lines);
  const replacements = lines.filter(({ verb }) => verb === 'replace');
  return {
    module: first('module')?.value,
    go: first('go'),
    toolchain: first('toolchain'),
    requires: lines.flatMap(({ verb, words }) => (verb === 'require' ? [words.slice(0, 2).join(' ')] : [])),
    localReplacements: replacements.flatMap(({ words, line }) => {
      const target = words[words.indexOf('=>') + 1] ?? '';
      return words.includes('=>') && isLocal(target) ? [{ value: target, line }] : [];
    }),
  };
}

export function parseGoWork(text: string): GoWork {
  const lines = [...directives(text)];
  const first = firstOf(lines);
  const use = lines.filter(({ verb, words }) => verb === 'use' && words[0] !== undefined);
  return {
    go: first('go'),
    toolchain: first('toolchain'),
    use: use.map(({ words, line }) => ({ value: words[0] ?? '', line })),
  };
}

/** `./x`, `../x` and `/x` name directories, everything else modules. */
function isLocal(target: string): boolean {
  return /^\.{0,2}\//.test(target) || target === '.' || target === '..';
}

interface Line {
  readonly verb: string;
  readonly words: readonly string[];
  readonly line: number;
}

function firstOf(lines: readonly Line[]): (verb: string) => Directive | undefined {
  return (wanted) => {
    const found = lines.find(({ verb, words }) => verb === wanted && words[0] !== undefined);
    return found === undefined ? undefined : { value: found.words[0] ?? '', line: found.line };
  };
}

/** Every directive with its words; a block `verb ( … )` gives one for each of its lines. */
function* directives(text: string): Generator<Line> {
  let block: string | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const words = wordsOf(raw);
    const [head] = words;
    if (head === undefined) continue;
    if (block !== undefined) {
      if (head === ')') block = undefined;
      else yield { verb: block, words, line: index + 1 };
    } else if (words.at(-1) === '(') {
      block = head;
    } else {
      yield { verb: head, words: words.slice(1), line: index + 1 };
    }
  }
}

// Strings in quotes or back quotes, the arrow, the parentheses, and everything else up to a space or comment.
const word = /"(?:[^"\\]|\\.)*"|`[^`]*`|\/\/.*|=>|[()]|[^\s()"`]+/g;

function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [found] of line.matchAll(word)) {
    if (found.startsWith('//')) break;
    words.push(unquoted(found));
  }
  return words;
}

function unquoted(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text.slice(1, -1);
  }
}
