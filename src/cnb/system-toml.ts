import type { ErrorCode } from '../errors.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import { tomlTableFromPlain } from './toml-value.ts';

/** system.toml: buildpacks in front of and behind every group — https://github.com/buildpacks/spec/blob/main/platform.md#systemtoml-toml */
export interface SystemDocument {
  readonly pre: readonly SystemEntry[];
  readonly post: readonly SystemEntry[];
}

export interface SystemEntry {
  readonly id: string;
  readonly version: string;
  readonly optional: boolean;
}

/** Throws `code` naming the file. */
export function parseSystemToml(text: string | Uint8Array, file: string, code: ErrorCode): SystemDocument {
  const system = new TomlReader(parseToml(text, file, code), file, { code }).table('system');
  return { pre: entriesOf(system?.table('pre')), post: entriesOf(system?.table('post')) };
}

function entriesOf(side: TomlReader | undefined): readonly SystemEntry[] {
  return (side?.tables('buildpacks') ?? []).map((entry) => ({
    id: entry.required('id'),
    version: entry.required('version'),
    optional: entry.boolean('optional'),
  }));
}

export function writeSystemToml({ pre, post }: SystemDocument): string {
  const side = (list: readonly SystemEntry[]): object | undefined =>
    list.length === 0
      ? undefined
      : { buildpacks: list.map(({ id, version, optional }) => ({ id, version, ...(optional && { optional }) })) };
  return writeToml(tomlTableFromPlain({ system: { pre: side(pre), post: side(post) } }));
}
