import { asMaps, writeJson } from './json.ts';
import { parseToml } from './toml.ts';
import { jsonFromToml } from './toml-json.ts';
import { TomlReader } from './toml-reader.ts';

/**
 * The value of the label io.buildpacks.project.metadata from project-metadata.toml
 * — https://github.com/buildpacks/spec/blob/main/platform.md#project-metadatatoml-toml (LBL-13, FIL-11). Throws EXPORT_FAILED.
 */
export function projectMetadataLabel(text: string | Uint8Array, file: string): string {
  const code = 'EXPORT_FAILED';
  const source = new TomlReader(parseToml(text, file, code), file, { code }).table('source');
  if (source === undefined) return '{}';
  const type = source.string('type');
  const tables = ['version', 'metadata'].map((key) => [key, source.rawTable(key)] as const);
  const parts = tables.flatMap(([key, table]) => (table === undefined ? [] : [[key, asMaps(jsonFromToml(table))]]));
  return writeJson({ source: { ...(type && { type }), ...Object.fromEntries(parts) } });
}
