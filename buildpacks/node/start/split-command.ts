/** A command line as POSIX sh would read it, when it is nothing but words. */
export interface SimpleCommand {
  readonly simple: true;
  /** `VAR=x` in front of the first word. */
  readonly assignments: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

export interface ComplexCommand {
  readonly simple: false;
  /** What only a shell can do: `uses "&&"`, `does not close a quote`. */
  readonly because: string;
}

/** What has a meaning for sh outside of quotes: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html */
const special = /^(?:&&|\|\||>>|<<|[|&;<>()$`*?[\n])/;
/** Commands that the shell has in itself, and its reserved words; `exec` is no more than its words. */
const shellWords: ReadonlySet<string> = new Set(
  '. : ! { } [ alias break case cd command continue do done elif else esac eval exit export fi for function if local read readonly return set shift source test then times trap type ulimit umask unalias unset until wait while'.split(
    ' ',
  ),
);

/** Splits what a shell would split in the same way; anything it would do more than that with is named. */
export function splitCommand(text: string): SimpleCommand | ComplexCommand {
  const lexed = lex(text.trim());
  if (typeof lexed === 'string') return { simple: false, because: lexed };
  const assignments: Record<string, string> = {};
  const words = [...lexed];
  for (let word = words[0]; word?.isAssignment === true; word = words[0]) {
    const equals = word.text.indexOf('=');
    assignments[word.text.slice(0, equals)] = word.text.slice(equals + 1);
    words.shift();
  }
  const [first] = words;
  if (first !== undefined && shellWords.has(first.text)) {
    return { simple: false, because: `uses "${first.text}" of the shell` };
  }
  return { simple: true, assignments, words: words.map((word) => word.text) };
}

/** Whether the shell itself does it: then there is nothing that could replace the shell. */
export function isShellWord(word: string): boolean {
  return shellWords.has(word);
}

interface Word {
  readonly text: string;
  readonly isAssignment: boolean;
}

/** Words, or what is in the way. */
function lex(text: string): readonly Word[] | string {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    const space = /^[ \t]+/.exec(text.slice(at));
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const word = lexWord(text, at);
    if (typeof word === 'string') return word;
    const isAssignment = words.every((other) => other.isAssignment) && /^[A-Za-z_]\w*=/.test(word.raw);
    words.push({ text: word.text, isAssignment });
    at = word.end;
  }
  return words;
}

interface LexedWord {
  readonly text: string;
  readonly raw: string;
  readonly end: number;
}

function lexWord(text: string, start: number): LexedWord | string {
  if (text[start] === '#') return 'has a comment';
  if (text[start] === '~') return 'uses "~"';
  let value = '';
  let at = start;
  while (at < text.length && !/[ \t]/.test(text[at] ?? '')) {
    const part = lexPart(text, at);
    if (typeof part === 'string') return part;
    value += part.text;
    at = part.end;
  }
  return { text: value, raw: text.slice(start, at), end: at };
}

function lexPart(text: string, at: number): Pick<LexedWord, 'text' | 'end'> | string {
  const rest = text.slice(at);
  const match = special.exec(rest);
  if (match !== null) return `uses "${match[0] === '\n' ? String.raw`\n` : match[0]}"`;
  if (rest[0] === "'") {
    const end = rest.indexOf("'", 1);
    return end === -1 ? 'does not close a quote' : { text: rest.slice(1, end), end: at + end + 1 };
  }
  if (rest[0] === '"') return lexDoubleQuoted(rest, at);
  if (rest[0] === '\\') return { text: rest.slice(1, 2), end: at + 2 };
  return { text: rest.slice(0, 1), end: at + 1 };
}

function lexDoubleQuoted(rest: string, at: number): Pick<LexedWord, 'text' | 'end'> | string {
  const match = /^"((?:[^"\\]|\\.)*)"/s.exec(rest);
  if (match === null) return 'does not close a quote';
  const inner = match[1] ?? '';
  const unescaped = inner.replaceAll(/\\./gs, '');
  if (unescaped.includes('$')) return 'uses "$"';
  if (unescaped.includes('`')) return 'uses "`"';
  return { text: inner.replaceAll(/\\(["\\$`])/g, '$1'), end: at + match[0].length };
}

export interface CommandList {
  readonly segments: readonly string[];
  /** One fewer than segments. */
  readonly separators: readonly string[];
}

/** Takes a script apart at `&&`, `||`, `;`, `|` and `&` outside of quotes. Undefined where parentheses or such make it more than a list. */
export function splitList(script: string): CommandList | undefined {
  const segments: string[] = [''];
  const separators: string[] = [];
  // Quoted parts and escapes whole, then separators (but not those of redirections, 2>&1), then anything.
  const token = /'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[<>]&\d*|&>|&&|\|\||[;|&\n]|[()`]|\$\(|./gs;
  for (const [text] of script.matchAll(token)) {
    if (/^(?:[()`]|\$\()$/.test(text)) return undefined;
    if (/^(?:&&|\|\||[;|&\n])$/.test(text)) {
      separators.push(text === '\n' ? ';' : text);
      segments.push('');
    } else segments[segments.length - 1] += text;
  }
  const trimmed = segments.map((segment) => segment.trim());
  // A script may end with `;`.
  if (trimmed.length > 1 && trimmed.at(-1) === '' && separators.at(-1) === ';') {
    trimmed.pop();
    separators.pop();
  }
  return trimmed.includes('') ? undefined : { segments: trimmed, separators };
}

/** A word as sh reads it back. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
