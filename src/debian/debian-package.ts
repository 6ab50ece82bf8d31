import type { Relations } from './relation.ts';

/** A binary package as the index of an archive describes it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** `amd64`, `arm64`, …, or `all`. */
  readonly architecture: string;
  /** Source package, where it has another name. */
  readonly source?: string;
  /** `required`, `important`, `standard`, `optional`, `extra`. */
  readonly priority: string;
  readonly isEssential: boolean;
  readonly multiArch: string;
  readonly preDepends: Relations;
  readonly depends: Relations;
  readonly conflicts: Relations;
  readonly breaks: Relations;
  readonly replaces: Relations;
  readonly provides: Relations;
  /** Where it can be downloaded, best first: addresses of the file itself. */
  readonly urls: readonly string[];
  /** In hexadecimal. */
  readonly sha256: string;
  /** Of the .deb. */
  readonly sizeBytes: number;
  /** The suite it comes from. */
  readonly suite: string;
}
