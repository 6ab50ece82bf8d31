/**
 * Splits as the go command splits GOFLAGS and -ldflags: at white space, a word that begins with a quote goes up to the same quote.
 * Undefined when a quote is not closed. https://github.com/golang/go/blob/master/src/cmd/internal/quoted/quoted.go
 */
export function splitQuoted(text: string): string[] | undefined {
  const words: string[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    const quote = rest[0] === '"' || rest[0] === "'" ? rest[0] : undefined;
    const end = quote === undefined ? rest.search(/\s|$/) : rest.indexOf(quote, 1);
    if (end === -1) return undefined;
    words.push(quote === undefined ? rest.slice(0, end) : rest.slice(1, end));
    rest = rest.slice(quote === undefined ? end : end + 1).trimStart();
  }
  return words;
}

/**
 * Splits flags as a shell would: quotes may stand anywhere in a word (`-ldflags="-s -w"`). Undefined when a quote is not closed.
 * No variables, no substitution.
 */
export function splitShell(text: string): string[] | undefined {
  const pattern = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)\s*/gsy;
  const words: string[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    words.push(unquoted(match[1] ?? ''));
    at = match.index + match[0].length;
  }
  return text.slice(at).trim() === '' ? words : undefined;
}

function unquoted(word: string): string {
  return word.replaceAll(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, (...match: readonly unknown[]) => {
    const [, escaped, double, single] = match;
    if (typeof escaped === 'string') return escaped;
    return typeof double === 'string' ? double.replaceAll(/\\(["\\$`])/g, '$1') : String(single);
  });
}
