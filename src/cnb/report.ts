import { bomTable, type StoredBomEntry } from './launch-metadata.ts';
import { writeToml } from './toml.ts';

/** report.toml — https://github.com/buildpacks/spec/blob/main/platform.md#reporttoml-toml */
export interface ReportDocument {
  /** The tags that were really written. */
  readonly tags: readonly string[];
  readonly digest?: string;
  /** An integer as in the reference; the specification shows text (FIL-07). */
  readonly manifestSizeBytes?: number;
  /** The old bill of materials of the build, below Platform API 0.9 (FIL-09). */
  readonly buildBom?: readonly StoredBomEntry[];
}

export function writeReport({ tags, digest, manifestSizeBytes, buildBom = [] }: ReportDocument): string {
  return writeToml({
    ...(buildBom.length > 0 && { build: { bom: buildBom.map(bomTable) } }),
    image: {
      tags,
      ...(digest !== undefined && { digest }),
      ...(manifestSizeBytes && { 'manifest-size': BigInt(manifestSizeBytes) }),
    },
  });
}
