import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** group.toml — https://github.com/buildpacks/spec/blob/main/platform.md#grouptoml-toml */
export interface GroupDocument {
  readonly group: readonly GroupEntry[];
  readonly groupExtensions: readonly GroupEntry[];
}

export interface GroupEntry {
  readonly id: string;
  readonly version: string;
  readonly api: string;
  readonly homepage?: string;
}

/** Throws BUILD_FAILED. */
export function parseGroup(text: string | Uint8Array, file: string): GroupDocument {
  const code = 'BUILD_FAILED';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return {
    group: root.tables('group').map(groupEntryFrom),
    groupExtensions: root.tables('group-extensions').map(groupEntryFrom),
  };
}

/** An entry of group.toml and of `buildpacks` in metadata.toml. */
export function groupEntryFrom(entry: TomlReader): GroupEntry {
  const homepage = entry.string('homepage');
  return {
    id: entry.required('id'),
    version: entry.required('version'),
    api: entry.required('api'),
    ...(homepage && { homepage }),
  };
}

export function groupEntryTable({ id, version, api, homepage }: GroupEntry): TomlTable {
  return { id, version, api, ...(homepage && { homepage }) };
}

export function writeGroup({ group, groupExtensions }: GroupDocument): string {
  return writeToml({
    ...(group.length > 0 && { group: group.map(groupEntryTable) }),
    ...(groupExtensions.length > 0 && { 'group-extensions': groupExtensions.map(groupEntryTable) }),
  });
}
