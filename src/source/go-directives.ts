/** One directive of a go.mod or go.work, with its arguments: `['replace', 'a.example/x', '=>', '../x']`. */
export type GoDirective = readonly string[];

/**
 * Reads the directives of a go.mod or go.work as far as paths are concerned: lines, blocks in parentheses, comments, quoted words —
 * https://go.dev/ref/mod#go-mod-file-lexical. What is malformed is left to the `go` command to complain about.
 */
export function goDirectives(text: string): readonly GoDirective[] {
  const directives: GoDirective[] = [];
  let block: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const words = wordsOf(line);
    const [first] = words;
    if (first === undefined) continue;
    if (block !== undefined) {
      if (first === ')') block = undefined;
      else directives.push([block, ...words]);
    } else if (words[1] === '(') block = first;
    else directives.push(words);
  }
  return directives;
}

const word = /"(?<quoted>(?:[^"\\]|\\.)*)"|`(?<raw>[^`]*)`|\/\/.*$|(?<plain>[()]|[^\s()"`]+)/g;

function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const { 0: text, groups } of line.matchAll(word)) {
    if (text.startsWith('//')) break;
    const { quoted, raw, plain } = groups ?? {};
    const found = quoted?.replaceAll(/\\(.)/g, '$1') ?? raw ?? plain;
    if (found !== undefined) words.push(found);
  }
  return words;
}

/** The directories that `replace` points to, as written: only paths that begin with a dot or a slash are directories. */
export function replacedPaths(directives: readonly GoDirective[]): readonly string[] {
  return directives
    .filter(([name]) => name === 'replace')
    .map((directive) => directive[directive.indexOf('=>') + 1] ?? '')
    .filter((target) => /^\.{0,2}\//.test(target) || target === '..' || target === '.');
}

/** The directories that `use` of a go.work names, as written. */
export function usedPaths(directives: readonly GoDirective[]): readonly string[] {
  return directives.filter(([name]) => name === 'use').flatMap(([, path]) => (path === undefined ? [] : [path]));
}
