import type { ErrorCode } from '../errors.ts';
import { TsbuildpackError } from '../errors.ts';
import type { TomlTable, TomlValue } from './toml-value.ts';
import { isTomlTable, TomlTime } from './toml-value.ts';

/**
 * Typed access to one table of a document. Keys are found as Go's decoder finds them: exactly, else without regard to case (FIL-15).
 * A value of another type is an error that names the file, the key and both types (FIL-16); unknown keys are nobody's business.
 */
export class TomlReader {
  readonly #table: TomlTable;
  readonly #file: string;
  readonly #code: ErrorCode;
  readonly #path: string;

  constructor(
    table: TomlTable,
    file: string,
    { code, path = '' }: { readonly code: ErrorCode; readonly path?: string },
  ) {
    this.#table = table;
    this.#file = file;
    this.#code = code;
    this.#path = path;
  }

  /** The value as it is, if there is one. */
  value(key: string): TomlValue | undefined {
    if (Object.hasOwn(this.#table, key)) return this.#table[key];
    const folded = Object.keys(this.#table).find((name) => name.toLowerCase() === key.toLowerCase());
    return folded === undefined ? undefined : this.#table[folded];
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  string(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.#wrongType(key, value, 'a string');
  }

  /** A string that has to be there and not be empty. */
  required(key: string): string {
    const value = this.string(key);
    if (value !== undefined && value !== '') return value;
    throw this.error(`"${this.#path}${key}" is missing`);
  }

  /** @default false */
  boolean(key: string): boolean {
    const value = this.value(key);
    if (value === undefined) return false;
    if (typeof value === 'boolean') return value;
    throw this.#wrongType(key, value, 'true or false');
  }

  integer(key: string): bigint | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'bigint') return value;
    throw this.#wrongType(key, value, 'an integer');
  }

  /** Undefined when absent, so that an empty list can be told from none. */
  strings(key: string): readonly string[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((member) => typeof member === 'string')) return value;
    throw this.#wrongType(key, value, 'a list of strings');
  }

  table(key: string): TomlReader | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (isTomlTable(value)) return this.#inner(value, `${this.#path}${key}.`);
    throw this.#wrongType(key, value, 'a table');
  }

  /** An arbitrary table, kept as it is. */
  rawTable(key: string): TomlTable | undefined {
    const value = this.value(key);
    if (value === undefined || isTomlTable(value)) return value;
    throw this.#wrongType(key, value, 'a table');
  }

  /** An array of tables, empty when absent. */
  tables(key: string): readonly TomlReader[] {
    const value = this.value(key);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every(isTomlTable)) {
      return (value as readonly TomlTable[]).map((table, index) =>
        this.#inner(table, `${this.#path}${key}[${index}].`),
      );
    }
    throw this.#wrongType(key, value, 'an array of tables');
  }

  keys(): readonly string[] {
    return Object.keys(this.#table);
  }

  /** An error of this document: `Cannot use "FILE": …`. */
  error(problem: string, hint?: string): TsbuildpackError {
    return new TsbuildpackError(
      this.#code,
      `Cannot use "${this.#file}": ${problem}`,
      hint === undefined ? {} : { hint },
    );
  }

  #inner(table: TomlTable, path: string): TomlReader {
    return new TomlReader(table, this.#file, { code: this.#code, path });
  }

  #wrongType(key: string, value: TomlValue, wanted: string): TsbuildpackError {
    return this.error(`"${this.#path}${key}" is ${describe(value)}, it must be ${wanted}`);
  }
}

function describe(value: TomlValue): string {
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return `${value}`;
  if (typeof value === 'bigint') return 'an integer';
  if (typeof value === 'number') return 'a float';
  if (value instanceof TomlTime) return 'a date or time';
  return Array.isArray(value) ? 'a list' : 'a table';
}
