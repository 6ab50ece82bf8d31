import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** store.toml: what a buildpack remembers — https://github.com/buildpacks/spec/blob/main/buildpack.md#storetoml-toml. Throws BUILD_OUTPUT_INVALID. */
export function parseStoreToml(text: string | Uint8Array, file: string): TomlTable {
  const code = 'BUILD_OUTPUT_INVALID';
  return new TomlReader(parseToml(text, file, code), file, { code }).rawTable('metadata') ?? {};
}

export function writeStoreToml(metadata: TomlTable): string {
  return writeToml({ metadata });
}
