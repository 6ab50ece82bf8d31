import { stringify } from 'smol-toml';
import { parse } from 'toml';
import type { ErrorCode } from '../errors.ts';
import { TsbuildpackError } from '../errors.ts';
import type { TomlTable, TomlTimeKind, TomlValue } from './toml-value.ts';
import { isTomlTable, TomlTime } from './toml-value.ts';

/**
 * Reads TOML 1.1 (https://toml.io/en/v1.1.0), which is a superset of what Go's decoder accepts, a leading byte order mark included.
 * `file` is named in the error, which has the code given.
 */
export function parseToml(source: string | Uint8Array, file: string, code: ErrorCode): TomlTable {
  const text = typeof source === 'string' ? source : decode(source, file, code);
  try {
    // The parser gives plain data of these kinds with these options.
    return parse(text, { bigint: true, useTemporal: true, temporal: times }) as TomlTable;
  } catch (error) {
    throw new TsbuildpackError(code, `Cannot read "${file}"${position(error)}: ${message(error)}`, { cause: error });
  }
}

/** The same bytes for the same value; members in the order of the table. Members that are undefined are left out. */
export function writeToml(table: { readonly [key: string]: TomlValue | undefined }): string {
  const members = Object.entries(table).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, writable(value)]],
  );
  // Whole floats keep their `.0`; integers are bigints.
  const text = stringify(Object.fromEntries(members) as Record<string, unknown>, { numbersAsFloat: true });
  return text === '\n' ? '' : text;
}

function decode(bytes: Uint8Array, file: string, code: ErrorCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TsbuildpackError(code, `Cannot read "${file}": it is not valid UTF-8`, { cause: error });
  }
}

// The parser's hook for date classes that Node 20 does not have: we only keep what was written.
const times = {
  ZonedDateTime: timeOf('offset-date-time'),
  PlainDateTime: timeOf('local-date-time'),
  PlainDate: timeOf('local-date'),
  PlainTime: timeOf('local-time'),
};

function timeOf(kind: TomlTimeKind): { from(text: string): TomlTime } {
  // An offset date-time comes with its zone in brackets behind it.
  return { from: (text) => new TomlTime(kind, text.replace(/\[.*\]$/, '')) };
}

/** smol-toml writes dates by their toISOString, which lets us say how something is written. */
class VerbatimDate extends Date {
  readonly #text: string;

  constructor(text: string) {
    super(0);
    this.#text = text;
  }

  override toISOString(): string {
    return this.#text;
  }
}

function writable(value: TomlValue): unknown {
  if (value instanceof TomlTime) return new VerbatimDate(value.text);
  // Node before 22 writes the sign of a negative zero nowhere.
  if (Object.is(value, -0)) return new VerbatimDate('-0.0');
  if (Array.isArray(value)) return value.map((member: TomlValue) => writable(member));
  if (isTomlTable(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, writable(member)]));
  }
  return value;
}

/** The grammar's errors have `location.start.line`, those about keys have `line`. */
function position(error: unknown): string {
  const line = field(error, 'line') ?? field(field(field(error, 'location'), 'start'), 'line');
  return typeof line === 'number' ? ` line ${line}` : '';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}

function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\.$/, '');
}
