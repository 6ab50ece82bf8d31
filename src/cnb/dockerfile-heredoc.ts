/** `<<WORD`: the lines that follow, up to WORD — https://docs.docker.com/reference/dockerfile/#here-documents */
export interface Heredoc {
  /** The line that ends it. */
  readonly word: string;
  /** `<<-`: tabs in front of a line do not count. */
  readonly stripsTabs: boolean;
}

/** Those that an instruction begins, in their order. A line whose quotes have no end has none. */
export function heredocsOf(line: string): readonly Heredoc[] {
  return (shellWords(line) ?? []).flatMap((raw): readonly Heredoc[] => {
    const { dash = '', name = '' } = /^\d*<<(?<dash>-?)\s*(?<name>[^<\s][^<]*)$/.exec(raw)?.groups ?? {};
    return name === '' ? [] : [{ word: withoutQuotes(name), stripsTabs: dash === '-' }];
  });
}

// What comes behind << belongs to it, also after a space; a quote alone is one without an end.
const piece = /<<\s*|\\[^]?|'[^']*'|"(?:\\[^]|[^"\\])*"|\s+|[^]/g;

/** Words as a shell sees them, quotes and escapes kept; undefined when a quote has no end. */
function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = '';
  for (const [part] of line.matchAll(piece)) {
    if (part === '"' || part === "'") return undefined;
    if (part.trim() !== '') word += part;
    else {
      words.push(word);
      word = '';
    }
  }
  return [...words, word].filter((text) => text !== '');
}

function withoutQuotes(text: string): string {
  return text.replaceAll(/'[^']*'|"[^"]*"|\\./g, (part) => part.slice(1, part.startsWith('\\') ? 2 : -1));
}
