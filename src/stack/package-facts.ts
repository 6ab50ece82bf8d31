import { createHash } from 'node:crypto';
import * as v from 'valibot';

/** What is kept of a package once its files are in a layer. */
export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Its source package, where that has another name. */
  readonly source?: string;
  /** Of the archive file, in hexadecimal. */
  readonly sha256: string;
  readonly suite: string;
}

export const packageFactsSchema: v.GenericSchema<unknown, PackageFacts> = v.object({
  name: v.string(),
  version: v.string(),
  architecture: v.string(),
  source: v.exactOptional(v.string()),
  sha256: v.string(),
  suite: v.string(),
});

/** Equal for equal sets of packages, whatever machine and mirror they come from. */
export function packageSetId(packages: readonly PackageFacts[]): string {
  const lines = packages.map(
    ({ name, version, architecture, sha256 }) => `${name} ${version} ${architecture} ${sha256}\n`,
  );
  const sum = createHash('sha256').update(lines.toSorted().join(''));
  return `sha256:${sum.digest('hex')}`;
}
