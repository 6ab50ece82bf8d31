/**
 * TOML values with the kinds of the format kept apart, so that metadata of buildpacks survives a round trip: integers are
 * bigints, floats are numbers (`1.0` is not `1`), dates and times keep their own text.
 */
export type TomlValue = string | boolean | bigint | number | TomlTime | readonly TomlValue[] | TomlTable;

export interface TomlTable {
  readonly [key: string]: TomlValue;
}

export type TomlTimeKind = 'offset-date-time' | 'local-date-time' | 'local-date' | 'local-time';

/** A date, time or both as TOML writes it, up to nanoseconds. */
export class TomlTime {
  readonly kind: TomlTimeKind;
  readonly text: string;

  constructor(kind: TomlTimeKind, text: string) {
    this.kind = kind;
    this.text = text;
  }
}

export function isTomlTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof TomlTime);
}

/**
 * The TOML value of plain data: whole numbers become integers, a Date an offset date-time; members that are undefined or
 * null are left out. Throws TypeError for what TOML cannot say (null in a list, functions, symbols).
 */
export function tomlFromPlain(value: unknown): TomlValue {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (value instanceof TomlTime) return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value instanceof Date) return new TomlTime('offset-date-time', value.toISOString());
  if (Array.isArray(value)) return value.map(tomlFromPlain);
  if (typeof value === 'object' && value !== null) return tomlTableFromPlain(value);
  throw new TypeError(`TOML has no value for ${value === null ? 'null in a list' : typeof value}`);
}

/** As `tomlFromPlain`, for an object. */
export function tomlTableFromPlain(value: object): TomlTable {
  const members = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, tomlFromPlain(member)]));
}

/** Plain data for who does not care about the difference: integers as numbers where exact (else bigint), times as text. */
export function plainFromToml(value: TomlValue): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof TomlTime) return value.text;
  if (Array.isArray(value)) return value.map((member: TomlValue) => plainFromToml(member));
  if (isTomlTable(value)) return plainTableFromToml(value);
  return value;
}

export function plainTableFromToml(table: TomlTable): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([key, member]) => [key, plainFromToml(member)]));
}
