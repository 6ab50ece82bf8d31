import { getDotPath, type BaseIssue } from 'valibot';
import { nearestName } from './nearest-name.ts';

export interface SchemaProblemOptions {
  /** The schema that refused: who writes a key that does not exist is told the nearest that does. */
  readonly schema?: unknown;
  /** What the reader calls a key of the document. @default the keys on the way to it, with dots between */
  readonly nameOf?: (key: string) => string;
}

/** What is wrong with a document, one line for each problem, with the key in front. */
export function schemaProblems(
  issues: readonly BaseIssue<unknown>[],
  options: SchemaProblemOptions = {},
): readonly string[] {
  return issues.map((issue) => schemaProblem(issue, options));
}

/** `isolation: it is "docker", it must be "auto", "real" or "image"` */
export function schemaProblem(
  issue: BaseIssue<unknown>,
  { schema, nameOf = (key) => key }: SchemaProblemOptions = {},
): string {
  const key = getDotPath(issue);
  const problem = problemOf(issue, schema);
  return key === null ? problem : `${nameOf(key)}: ${problem}`;
}

function problemOf(issue: BaseIssue<unknown>, schema: unknown): string {
  const { type, expected, received, message } = issue;
  if (type === 'strict_object' && expected === 'never') return unknownKey(issue, schema);
  if (received === 'undefined') return 'it is missing';
  // Messages of our own schemas say what it must be; valibot's all begin alike.
  if (!message.startsWith('Invalid ')) return message;
  return `it is ${shown(received)}, it must be ${shown(expected ?? type)}`;
}

const words: ReadonlyMap<string, string> = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['Array', 'a list'],
  ['Object', 'a table'],
]);

/** Valibot's words for values and types: `"a"`, `3`, `Object`, `("a" | "b")`, `>=0`. */
function shown(text: string): string {
  const limit = /^(?<sign>[<>]=?)(?<value>.+)$/.exec(text)?.groups;
  if (limit !== undefined) return `${limit['sign']?.startsWith('<') ? 'at most' : 'at least'} ${limit['value']}`;
  const choices = /^\((?<list>.*)\)$/.exec(text)?.groups?.['list']?.split(' | ') ?? [text];
  const all = choices.map((choice) => words.get(choice) ?? choice);
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} or ${last}`;
}

function unknownKey({ path }: BaseIssue<unknown>, schema: unknown): string {
  const keys = path?.map((item) => item.key) ?? [];
  const known = entriesAt(schema, keys.slice(0, -1));
  const near = nearestName(String(keys.at(-1)), known);
  return near === undefined ? 'there is no such key' : `there is no such key, the nearest is "${near}"`;
}

/** The keys that a schema has at a place, none where it has variants. */
function entriesAt(schema: unknown, path: readonly unknown[]): readonly string[] {
  let at = unwrapped(schema);
  for (const key of path) {
    const entries = partOf(at, 'entries');
    at = unwrapped(entries === undefined ? (partOf(at, 'item') ?? partOf(at, 'value')) : partOf(entries, String(key)));
  }
  return Object.keys(partOf(at, 'entries') ?? {});
}

/** Without what makes it optional. */
function unwrapped(schema: unknown): unknown {
  let at = schema;
  for (let inner = partOf(at, 'wrapped'); inner !== undefined; inner = partOf(at, 'wrapped')) at = inner;
  return at;
}

function partOf(value: unknown, key: string): object | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const part: unknown = Reflect.get(value, key);
  return typeof part === 'object' && part !== null ? part : undefined;
}
