import { writeToml } from './toml.ts';

/** report.toml — https://github.com/buildpacks/spec/blob/main/platform.md#reporttoml-toml */
export interface ReportDocument {
  /** The tags that were really written. */
  readonly tags: readonly string[];
  readonly digest?: string;
  /** Of an image in a daemon. */
  readonly imageId?: string;
  /** An integer as in the reference; the specification shows text (FIL-07). */
  readonly manifestSizeBytes?: number;
}

export function writeReport({ tags, digest, imageId, manifestSizeBytes }: ReportDocument): string {
  return writeToml({
    image: {
      tags,
      ...(digest !== undefined && { digest }),
      ...(imageId !== undefined && { 'image-id': imageId }),
      ...(manifestSizeBytes && { 'manifest-size': BigInt(manifestSizeBytes) }),
    },
  });
}
