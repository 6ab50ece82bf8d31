import { parseToml, writeToml } from './toml.ts';
import { TomlReader } from './toml-reader.ts';

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
      ...(imageId !== undefined && { 'image-id': imageId }),
      ...(digest !== undefined && { digest }),
      ...(manifestSizeBytes && { 'manifest-size': BigInt(manifestSizeBytes) }),
    },
  });
}

/** Throws DESCRIPTOR_INVALID. Reads a size as text too. */
export function parseReport(text: string | Uint8Array, file: string): ReportDocument {
  const code = 'DESCRIPTOR_INVALID';
  const image = new TomlReader(parseToml(text, file, code), file, { code }).table('image');
  if (image === undefined) return { tags: [] };
  const [digest, imageId] = [image.string('digest'), image.string('image-id')];
  const size = image.value('manifest-size');
  return {
    tags: image.strings('tags') ?? [],
    ...(digest && { digest }),
    ...(imageId && { imageId }),
    ...(typeof size === 'bigint' && { manifestSizeBytes: Number(size) }),
    ...(typeof size === 'string' && /^\d+$/.test(size) && { manifestSizeBytes: Number(size) }),
  };
}
