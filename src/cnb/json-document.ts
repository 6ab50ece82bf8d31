import { parseJson } from './json.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object that a label holds; undefined when there is none, or text that is none. */
export function parseJsonObject(text: string | undefined): JsonObject | undefined {
  const value = parseLabel(text);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The list that a label holds; undefined when there is none. */
export function parseJsonList(text: string | undefined): readonly unknown[] | undefined {
  const value = parseLabel(text);
  return Array.isArray(value) ? value : undefined;
}

function parseLabel(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** What is no object counts as an empty one. */
export function asObject(value: unknown): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function listAt(value: JsonObject, key: string): readonly unknown[] {
  const list = value[key];
  return Array.isArray(list) ? list : [];
}

/** Absent and empty are the same. */
export function textAt(value: JsonObject, key: string): string | undefined {
  const text = value[key];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

export function textsAt(value: JsonObject, key: string): readonly string[] {
  return listAt(value, key).filter((item) => typeof item === 'string');
}
