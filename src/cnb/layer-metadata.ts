import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** `<layer>.toml` — https://github.com/buildpacks/spec/blob/main/buildpack.md#layer-content-metadata-toml, as of Buildpack API 0.6 */
export interface LayerMetadata {
  readonly launch: boolean;
  readonly build: boolean;
  readonly cache: boolean;
  /** Whatever the buildpack wrote under `[metadata]`; undefined when there is no such table. */
  readonly metadata: TomlTable | undefined;
}

/** Throws BUILD_OUTPUT_INVALID; flags outside `[types]` are an error too (LYR-01). */
export function parseLayerMetadata(text: string | Uint8Array, file: string): LayerMetadata {
  const code = 'BUILD_OUTPUT_INVALID';
  const root = new TomlReader(parseToml(text, file, code), file, { code });
  const misplaced = ['launch', 'build', 'cache'].find((flag) => root.has(flag));
  if (misplaced !== undefined) throw root.error(`"${misplaced}" is at the top level, it must be in the [types] table`);
  const types = root.table('types');
  return {
    launch: types?.boolean('launch') ?? false,
    build: types?.boolean('build') ?? false,
    cache: types?.boolean('cache') ?? false,
    metadata: root.rawTable('metadata'),
  };
}

export function writeLayerMetadata({ launch, build, cache, metadata }: LayerMetadata): string {
  return writeToml({ types: { launch, build, cache }, ...(metadata !== undefined && { metadata }) });
}

/** As restored for the next build: without types (RST-03), and without a table where there was none. */
export function writeRestoredLayerMetadata(metadata: TomlTable | undefined): string {
  return writeToml(metadata === undefined ? {} : { metadata });
}
