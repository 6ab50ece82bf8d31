/**
 * Patterns as Go's `filepath.Match` has them (https://pkg.go.dev/path/filepath#Match): `*` and `?` stop at a slash, there is no `**`,
 * `[a-z]` and `[^a-z]` are classes, a backslash takes the next character as it is. Undefined when the pattern is malformed.
 */
export function compileGoGlob(pattern: string): ((path: string) => boolean) | undefined {
  const source = toRegExp(Array.from(pattern));
  if (source === undefined) return undefined;
  const expression = new RegExp(`^${source}$`, 'su');
  return (path) => expression.test(path);
}

function toRegExp(chars: readonly string[]): string | undefined {
  let source = '';
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index] ?? '';
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const parsed = readClass(chars, index + 1);
      if (parsed === undefined) return undefined;
      source += parsed.source;
      index = parsed.end;
    } else {
      if (char === '\\') index += 1;
      const literal = chars[index];
      if (literal === undefined) return undefined;
      source += escaped(literal);
    }
  }
  return source;
}

interface CharacterClass {
  readonly source: string;
  /** Index of the closing bracket. */
  readonly end: number;
}

function readClass(chars: readonly string[], start: number): CharacterClass | undefined {
  const negated = chars[start] === '^';
  let index = negated ? start + 1 : start;
  const ranges: string[] = [];
  // A closing bracket right at the start would make an empty class, which Go refuses.
  while (chars[index] !== ']' || ranges.length === 0) {
    const low = readClassCharacter(chars, index);
    if (low === undefined) return undefined;
    index = low.next;
    let high = low;
    if (chars[index] === '-') {
      const upper = readClassCharacter(chars, index + 1);
      if (upper === undefined) return undefined;
      high = upper;
      index = upper.next;
    }
    ranges.push(rangeSource(low.char, high.char));
  }
  // With no range left, `[]` matches nothing and `[^]` everything, as Go has it; a negated class may match a slash.
  return { source: `[${negated ? '^' : ''}${ranges.join('')}]`, end: index };
}

function readClassCharacter(
  chars: readonly string[],
  index: number,
): { readonly char: string; readonly next: number } | undefined {
  const char = chars[index];
  if (char === undefined || char === '-' || char === ']') return undefined;
  if (char !== '\\') return { char, next: index + 1 };
  const literal = chars[index + 1];
  return literal === undefined ? undefined : { char: literal, next: index + 2 };
}

/** A range that runs backwards matches nothing: a class that no character is in, kept valid for the expression. */
function rangeSource(low: string, high: string): string {
  if ((low.codePointAt(0) ?? 0) > (high.codePointAt(0) ?? 0)) return '';
  return low === high ? escaped(low) : `${escaped(low)}-${escaped(high)}`;
}

function escaped(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
