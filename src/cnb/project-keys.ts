import { nearestName } from './nearest-name.ts';
import type { TomlReader } from './toml-reader.ts';

/** Keys of one table: known ones, with the keys of their own tables; null stands for anything. */
interface Keys {
  readonly [key: string]: Keys | null;
}

const license: Keys = { type: null, uri: null };
const script: Keys = { api: null, inline: null, shell: null };
const buildpack: Keys = { id: null, version: null, uri: null, script, optional: null, 'exec-env': null };
const variable: Keys = { name: null, value: null, 'exec-env': null };

/** Schemas 0.2 and 0.3 of project.toml. */
export const projectKeys: { readonly project: Keys; readonly build: Keys } = {
  project: {
    'schema-version': null,
    id: null,
    name: null,
    version: null,
    authors: null,
    'documentation-url': null,
    'source-url': null,
    licenses: license,
    metadata: null,
  },
  build: {
    builder: null,
    include: null,
    exclude: null,
    group: buildpack,
    pre: { group: buildpack },
    post: { group: buildpack },
    build: { env: variable },
    env: { build: variable },
  },
};

/** A warning for every key that the schema does not have (PRJ-14); `path` is that of the table, with a dot behind it. */
export function unknownKeys(
  table: TomlReader | undefined,
  known: Keys,
  { file, path = '' }: { readonly file: string; readonly path?: string },
): readonly string[] {
  return (table?.keys() ?? []).flatMap((key) => {
    const inner = Object.entries(known).find(([name]) => name.toLowerCase() === key.toLowerCase());
    if (inner === undefined) return [noEffect(`${path}${key}`, file, nearestName(key, Object.keys(known)))];
    const [, keys] = inner;
    if (keys === null || table === undefined) return [];
    return tablesAt(table, key).flatMap((entry) => unknownKeys(entry, keys, { file, path: `${path}${key}.` }));
  });
}

/** Of a table that is everybody's, only those keys are warned about that somebody wrote for a certain one. */
export function misspelledKeys(
  table: TomlReader | undefined,
  name: string,
  { file, path }: { readonly file: string; readonly path: string },
): readonly string[] {
  return (table?.keys() ?? [])
    .filter((key) => key.toLowerCase() !== name.toLowerCase() && nearestName(key, [name]) !== undefined)
    .map((key) => noEffect(`${path}${key}`, file, name));
}

function noEffect(key: string, file: string, near: string | undefined): string {
  const hint = near === undefined ? '' : `; the nearest is "${near}"`;
  return `"${key}" of "${file}" is unknown and has no effect${hint}`;
}

function tablesAt(table: TomlReader, key: string): readonly TomlReader[] {
  if (Array.isArray(table.value(key))) return table.tables(key);
  const inner = table.table(key);
  return inner === undefined ? [] : [inner];
}
