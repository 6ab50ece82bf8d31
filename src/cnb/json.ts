/**
 * JSON as Go's `encoding/json` writes it: fields of a struct in the order given (a plain object here), keys of a map sorted
 * by their bytes (a Map here), `<`, `>`, `&` and the line separators escaped. JavaScript alone would move number-like keys
 * to the front. https://pkg.go.dev/encoding/json#Marshal
 */
export function writeJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return escapeText(value);
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (value instanceof Map) return writeEntries([...value.entries()].toSorted(byKeyBytes));
  if (typeof value === 'object' && !hasToJson(value)) return writeEntries(Object.entries(value));
  return escapeText(value);
}

/** A list that nothing was added to is `null` in Go's JSON, as of a group of image extensions alone. For writeJson(). */
export function asSlice<T>(list: readonly T[]): readonly T[] | null {
  return list.length > 0 ? list : null;
}

/** The same value with every object in it marked as a map, as decoding into Go's `map[string]any` would have it. */
export function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps);
  if (value === null || typeof value !== 'object' || hasToJson(value)) return value;
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  return new Map(entries.map(([key, item]) => [key, asMaps(item)]));
}

function writeEntries(entries: readonly (readonly [unknown, unknown])[]): string {
  const present = entries.filter(([, item]) => item !== undefined);
  return `{${present.map(([key, item]) => `${escapeText(String(key))}:${writeJson(item)}`).join(',')}}`;
}

function byKeyBytes([a]: readonly [unknown, unknown], [b]: readonly [unknown, unknown]): number {
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

function hasToJson(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function escapeText(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const integerMark = '\u0000integer';

/** As JSON.parse, but integers that a number cannot hold become bigints, so that what `writeJson` wrote comes back whole (LYR-02). */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const marked = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? JSON.stringify({ [integerMark]: token }) : token,
  );
  return JSON.parse(marked, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, integerMark)) return value;
    return BigInt(String(Reflect.get(value, integerMark)));
  });
}
