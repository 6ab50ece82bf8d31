/** What a flag takes. */
export type FlagKind = 'text' | 'switch' | 'number' | 'list';

export type ParsedFlags =
  | {
      readonly kind: 'parsed';
      /** Every value of every flag that was given, in order. */
      readonly values: ReadonlyMap<string, readonly string[]>;
      readonly arguments: readonly string[];
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

interface Word {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * Reads a command line as Go's flag package does, because that is what platforms write for lifecycles: one dash or two, a value behind `=`
 * or in the next word, switches only behind `=`; the first word that is no flag ends them. https://pkg.go.dev/flag
 */
export function parseGoFlags(words: readonly string[], kinds: ReadonlyMap<string, FlagKind>): ParsedFlags {
  const values = new Map<string, string[]>();
  let rest = [...words];
  for (;;) {
    const [first = '', ...others] = rest;
    if (first === '--') return { kind: 'parsed', values, arguments: others };
    const word = flagIn(first);
    if (word === undefined) return { kind: 'parsed', values, arguments: rest };
    const read = readFlag(word, others, kinds);
    if ('kind' in read) return read;
    values.set(word.name, [...(values.get(word.name) ?? []), read.value]);
    rest = [...read.rest];
  }
}

function readFlag(
  { name, value: own }: Word,
  others: readonly string[],
  kinds: ReadonlyMap<string, FlagKind>,
): { readonly value: string; readonly rest: readonly string[] } | Exclude<ParsedFlags, { readonly kind: 'parsed' }> {
  const kind = kinds.get(name);
  if (kind === undefined) return unknown(name);
  const inNext = kind !== 'switch' && own === undefined;
  const value = inNext ? others[0] : (own ?? 'true');
  if (value === undefined) return { kind: 'wrong', problem: `flag needs an argument: -${name}` };
  if (!isValue(value, kind)) return { kind: 'wrong', problem: `invalid value "${value}" for flag -${name}` };
  return { value, rest: inNext ? others.slice(1) : others };
}

function flagIn(word: string): Word | undefined {
  const [, name, , value] = /^--?([^-=][^=]*)(=(.*))?$/s.exec(word) ?? [];
  return name === undefined ? undefined : { name, value };
}

function unknown(name: string): Exclude<ParsedFlags, { readonly kind: 'parsed' }> {
  if (name === 'h' || name === 'help') return { kind: 'help' };
  return { kind: 'wrong', problem: `flag provided but not defined: -${name}` };
}

function isValue(value: string, kind: FlagKind): boolean {
  if (kind === 'switch') return parseGoBool(value) !== undefined;
  return kind !== 'number' || /^[+-]?\d{1,15}$/.test(value);
}

/** https://pkg.go.dev/strconv#ParseBool */
export function parseGoBool(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}
