import type { TomlReader } from './toml-reader.ts';
import type { TomlTable } from './toml-value.ts';

/** An entry of the bill of materials that SBOM files replaced — https://github.com/buildpacks/spec/blob/main/buildpack.md#bill-of-materials-deprecated */
export interface BomEntry {
  readonly name: string;
  readonly metadata: TomlTable | undefined;
}

/** The `bom` of launch.toml or build.toml. A top-level version is an error (PRC-18). */
export function bomFrom(document: TomlReader): readonly BomEntry[] {
  return document.tables('bom').map((entry) => {
    const name = entry.string('name') ?? '';
    if (entry.string('version')) {
      throw entry.error(`bill-of-materials entry "${name}" has a "version" key`, 'Write "metadata.version" instead');
    }
    return { name, metadata: entry.rawTable('metadata') };
  });
}
