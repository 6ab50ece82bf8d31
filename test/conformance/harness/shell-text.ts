/** A word of a sh script that stands for this text. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command that writes lines to a file given as a word, which may hold variables. */
export function writeLines(file: string, lines: readonly string[]): string {
  return `printf '%s\\n' ${lines.map(quoted).join(' ')} >${file}`;
}

/** A command that writes text without a newline at its end. */
export function writeText(file: string, text: string): string {
  return `printf '%s' ${quoted(text)} >${file}`;
}
