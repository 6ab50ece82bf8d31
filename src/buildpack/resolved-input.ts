/**
 * Something that floats (a tag, a version range, a toolchain on PATH) and was resolved once: recorded in the build report,
 * given back by `--resolved`. The same source with the same resolved inputs gives the same image digest.
 */
export interface ResolvedInput {
  /** Unique in a build, for example `go`, `run-image`, `stack:static`. */
  readonly name: string;
  /** What it was resolved to, complete enough to get the same again: `go1.26.8`, `docker.io/library/debian@sha256:…`. */
  readonly value: string;
  /** Who or what decided, for people: `go.mod:5 asks for go 1.24; go on PATH satisfies it`. */
  readonly reason: string;
  /** Files outside the source that prove, unchanged, that resolving again would give the same: checked with one stat each. */
  readonly witnesses?: readonly FileWitness[];
  /** ISO 8601. After that another answer may be had, so that an unchanged build asks again. Absent: as long as the witnesses hold. */
  readonly validUntil?: string;
}

/** The answer to a question that was asked of somebody else, such as which versions a registry has. */
export interface RememberedAnswer {
  readonly value: string;
  /** ISO 8601. When it is to be asked again. */
  readonly validUntil: string;
}

export interface FileWitness {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}
