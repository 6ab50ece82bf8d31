/** One line of an .npmrc. */
export interface NpmrcEntry {
  /** With variables filled in; a key that ends in `[]` comes without it, once for each line. */
  readonly key: string;
  readonly value: string;
}

export interface Npmrc {
  readonly entries: readonly NpmrcEntry[];
  /** Names of the variables that it refers to: they are likely to hold credentials. */
  readonly variables: readonly string[];
}

/**
 * Reads an .npmrc: an ini file without sections, in which `${NAME}` stands for a variable, `${NAME?}` for one that may be missing. As npm
 * does, an unknown `${NAME}` stays as it is. npm's documentation, configuring-npm/npmrc
 */
export function parseNpmrc(text: string, variable: (name: string) => string | undefined): Npmrc {
  const variables = new Set<string>();
  const filled = (part: string): string =>
    part.replaceAll(/(\\*)\$\{([^${}?]+)(\?)?\}/g, (whole: string, ...[escapes, name, optional]: string[]) => {
      if ((escapes ?? '').length % 2 === 1 || name === undefined) return whole;
      variables.add(name);
      return variable(name) ?? (optional === undefined ? whole : '');
    });
  const entries = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      const match = /^\s*(?![;#[])([^=]+?)\s*(?:=\s*(.*?))?\s*$/.exec(line);
      if (match === null) return [];
      const key = filled(unquoted(match[1] ?? '').replace(/\[\]$/, ''));
      // A key alone is a switch that is on.
      const value = match[2] === undefined ? 'true' : filled(unquoted(match[2]));
      return [{ key, value }];
    });
  return { entries, variables: [...variables] };
}

/** Without quotes, or without the comment that only ends a value without quotes. */
function unquoted(text: string): string {
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(text);
  if (quoted !== null) return (quoted[1] ?? quoted[2] ?? '').replaceAll(String.raw`\n`, '\n');
  return text
    .replace(/(?<!\\)\s*[;#].*$/, (comment) => (/^\s*[;#]/.test(comment) ? '' : comment))
    .replaceAll(/\\([;#])/g, '$1');
}
