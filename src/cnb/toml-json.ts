import type { TomlTable, TomlValue } from './toml-value.ts';
import { isTomlTable, TomlTime } from './toml-value.ts';

/**
 * Layer metadata travels as TOML on disk and as JSON in the image's label (LYR-02). Whole numbers stay whole, also beyond
 * 2^53; what JSON has no word for is written as the reference does: times as RFC 3339 text, local ones taken for UTC.
 * The result is for writeJson(), which knows bigints.
 */
export function jsonFromToml(table: TomlTable): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([key, item]) => [key, jsonValue(item)]));
}

function jsonValue(value: TomlValue): unknown {
  if (value instanceof TomlTime) return rfc3339(value);
  if (Array.isArray(value)) return value.map((item: TomlValue) => jsonValue(item));
  return isTomlTable(value) ? jsonFromToml(value) : value;
}

function rfc3339({ kind, text }: TomlTime): string {
  switch (kind) {
    case 'offset-date-time':
      return text.replace(/[ t]/, 'T').replace(/z$/, 'Z');
    case 'local-date-time':
      return `${text.replace(/[ t]/, 'T')}Z`;
    case 'local-date':
      return `${text}T00:00:00Z`;
    case 'local-time':
      return `0000-01-01T${text}Z`;
    default:
      return kind satisfies never;
  }
}
