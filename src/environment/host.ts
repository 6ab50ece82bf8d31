/** A machine, or what an image expects of one. `libc` is unknown for a foreign or libc-free target. */
export interface MachineTarget {
  readonly os: string;
  /** Go's word: amd64, arm64. */
  readonly arch: string;
  readonly variant?: string;
  readonly libc?: 'glibc' | 'musl';
  /** For example `2.36`. */
  readonly libcVersion?: string;
}
