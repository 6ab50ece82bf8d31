/** Options of apt.conf(5) by their full names in lower case: `acquire::http::proxy`. Of lists the last item counts. */
export type AptConfiguration = ReadonlyMap<string, string>;

/**
 * Reads apt.conf(5) texts in the order in which apt does. What it cannot make sense of is passed over: apt itself complains about that, and
 * only a few options are of interest here.
 */
export function parseAptConfiguration(texts: readonly string[]): AptConfiguration {
  const options = new Map<string, string>();
  for (const text of texts) readText(text, options);
  return options;
}

const token = /\/\*[\s\S]*?\*\/|\/\/.*|#clear\b|#.*|"(?<quoted>[^"\n]*)"|(?<mark>[{};])|(?<word>[^\s{};"]+)/g;

function readText(text: string, options: Map<string, string>): void {
  const scopes: string[] = [];
  let words: string[] = [];
  for (const { 0: whole, groups } of text.matchAll(token)) {
    const { quoted, word, mark } = groups ?? {};
    if (mark === undefined) {
      // Else a comment.
      if (whole === '#clear' || quoted !== undefined || word !== undefined) words.push(quoted ?? word ?? whole);
      continue;
    }
    const [first = ''] = words;
    if (mark === '{') scopes.push(first);
    else setOption(options, scopes, words);
    if (mark === '}') scopes.pop();
    words = [];
  }
}

function setOption(options: Map<string, string>, scopes: readonly string[], words: readonly string[]): void {
  const [first = '', value] = words;
  if (value === undefined) return;
  if (first === '#clear') clear(options, value);
  else options.set(fullName([...scopes, first]), value);
}

/** `Acquire::http { Proxy::Host "DIRECT"; }` and `Acquire { http::Proxy { Host "DIRECT"; } }` are the same. */
function fullName(parts: readonly string[]): string {
  const name = parts.filter((part) => part !== '').join('::');
  return name.replace(/::$/, '').toLowerCase();
}

function clear(options: Map<string, string>, name: string): void {
  const gone = name.toLowerCase();
  for (const known of options.keys()) if (known === gone || known.startsWith(`${gone}::`)) options.delete(known);
}
