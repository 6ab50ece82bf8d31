import type { BomEntry } from './bom.ts';
import { bomFrom } from './bom.ts';
import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

/** build.toml — https://github.com/buildpacks/spec/blob/main/buildpack.md#buildtoml-toml */
export interface BuildToml {
  /** Names of plan entries that are left to a later buildpack. */
  readonly unmet: readonly string[];
  readonly bom: readonly BomEntry[];
}

/** Throws BUILD_OUTPUT_INVALID. */
export function parseBuildToml(text: string | Uint8Array, file: string): BuildToml {
  const code = 'BUILD_OUTPUT_INVALID';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  return { unmet: root.tables('unmet').map((entry) => entry.required('name')), bom: bomFrom(root) };
}

export function writeBuildToml({ unmet }: Pick<BuildToml, 'unmet'>): string {
  return writeToml({ unmet: unmet.map((name) => ({ name })) });
}
