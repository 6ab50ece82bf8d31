/** A line of a Procfile. https://devcenter.heroku.com/articles/procfile */
export interface ProcfileEntry {
  readonly type: string;
  readonly words: readonly [string, ...string[]];
  readonly line: number;
}

export type ProcfileResult =
  | { readonly ok: true; readonly entries: readonly ProcfileEntry[] }
  | { readonly ok: false; readonly line: number; readonly problem: string };

// What a shell would do something with. There is none in the image, so it would reach the program as it stands.
const shellOnly = /[$`|&;<>()*?[\]~]/;

/** Reads `type: command` lines. Comments and lines of another form are skipped, as elsewhere; what only a shell can do is a problem. */
export function parseProcfile(text: string): ProcfileResult {
  const entries: ProcfileEntry[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const match = /^\s*([A-Za-z0-9_.-]+)\s*:\s*(\S.*?)\s*$/.exec(raw);
    if (match === null) continue;
    const [, type = '', command = ''] = match;
    const [first, ...rest] = splitWords(command) ?? [];
    const outside = command.replaceAll(/'[^']*'/g, '');
    if (shellOnly.test(outside)) {
      const problem = `"${outside.match(shellOnly)?.[0]}" needs a shell, which the image does not have`;
      return { ok: false, line: index + 1, problem };
    }
    if (first === undefined) return { ok: false, line: index + 1, problem: 'a quote is not closed' };
    entries.push({ type, words: [first, ...rest], line: index + 1 });
  }
  return { ok: true, entries };
}

/** Words with single and double quotes; undefined when a quote is not closed. */
function splitWords(command: string): string[] | undefined {
  const word = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)/sy;
  const words: string[] = [];
  while (command.slice(word.lastIndex).trim() !== '') {
    const match = word.exec(command);
    if (match === null) return undefined;
    words.push((match[1] ?? '').replaceAll(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, unquote));
  }
  return words;
}

function unquote(...[, escaped, double, single]: readonly unknown[]): string {
  if (typeof escaped === 'string') return escaped;
  return typeof double === 'string' ? double.replaceAll(/\\(["\\])/g, '$1') : String(single);
}
