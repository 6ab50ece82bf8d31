import type { Escape } from './dockerfile.ts';

/** `--name=value` words in front of an instruction's arguments, and what follows them. */
export function leadingFlags(
  text: string,
  escape: Escape,
): { readonly flags: readonly string[]; readonly rest: string } {
  const flags: string[] = [];
  let rest = text.trimStart();
  while (rest.startsWith('--')) {
    const { word, length } = firstWord(rest, { escape, keepsQuotes: false });
    rest = rest.slice(length).trimStart();
    // As with POSIX: nothing behind it is a flag.
    if (word === '--') break;
    flags.push(word);
  }
  return { flags, rest };
}

/** Words of ARG, ENV and LABEL, quotes kept. */
export function quotedWords(text: string, escape: Escape): readonly string[] {
  const words: string[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    const { word, length } = firstWord(rest, { escape, keepsQuotes: true });
    if (word !== '') words.push(word);
    rest = rest.slice(length).trimStart();
  }
  return words;
}

/** Words that only white space separates. */
export function plainWords(text: string): readonly string[] {
  return text === '' ? [] : text.split(/[\t\v\f\r ]+/);
}

interface WordRules {
  readonly escape: Escape;
  readonly keepsQuotes: boolean;
}

function firstWord(text: string, rules: WordRules): { readonly word: string; readonly length: number } {
  const [raw] = wordPattern(rules).exec(text) ?? [''];
  const { escape, keepsQuotes } = rules;
  // An escape at the end escapes nothing.
  const isOpen = raw.endsWith(escape) && !raw.endsWith(escape + escape);
  const kept = isOpen && raw.length === text.length ? raw.slice(0, -1) : raw;
  return { word: keepsQuotes ? kept : withoutQuotes(kept, escape), length: raw.length };
}

/** A quote without an end goes to the end of the text. Only flags have escapes within single quotes. */
function wordPattern({ escape, keepsQuotes }: WordRules): RegExp {
  const e = escape === '`' ? '`' : '\\\\';
  const single = keepsQuotes ? `'[^']*(?:'|$)` : `'(?:${e}[^]|[^'${e}])*(?:'|${e}?$)`;
  return new RegExp(`^(?:${e}[^]|${single}|"(?:${e}[^]|[^"${e}])*(?:"|${e}?$)|[^\\s])*`);
}

function withoutQuotes(text: string, escape: Escape): string {
  const pattern = escape === '`' ? /`([^])|["']/g : /\\([^])|["']/g;
  let quote = '';
  return text.replaceAll(pattern, (part) => {
    if (part.length > 1) return part.slice(1);
    if (quote !== '' && part !== quote) return part;
    quote = quote === '' ? part : '';
    return '';
  });
}
