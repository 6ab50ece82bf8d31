import type { BuildpackDescriptor } from './buildpack-descriptor.ts';
import { writeJson } from './json.ts';
import { parseJsonObject, textAt } from './json-document.ts';
import { moduleInfo } from './module-info.ts';
import type { StackWish } from './stack-wishes.ts';

/** https://github.com/buildpacks/spec/blob/main/distribution.md#buildpackage */
export const buildpackageMetadataLabel = 'io.buildpacks.buildpackage.metadata';

/** Which buildpack of a package is the one that the package is for. */
export interface BuildpackageMetadata {
  readonly id: string;
  readonly version: string;
  readonly name?: string;
  readonly description?: string;
  readonly homepage?: string;
}

/** Undefined when the label is not there or names no buildpack. Stacks are not asked for (DST-04). */
export function parseBuildpackageMetadata(text: string | undefined): BuildpackageMetadata | undefined {
  const label = parseJsonObject(text);
  if (label === undefined) return undefined;
  const [id, version] = [textAt(label, 'id'), textAt(label, 'version')];
  if (id === undefined || version === undefined) return undefined;
  const [name, description, homepage] = ['name', 'description', 'homepage'].map((key) => textAt(label, key));
  return {
    id,
    version,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(homepage !== undefined && { homepage }),
  };
}

export function formatBuildpackageMetadata(descriptor: BuildpackDescriptor, stacks: readonly StackWish[]): string {
  return writeJson({ ...moduleInfo(descriptor), stacks });
}
