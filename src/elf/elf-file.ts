/** What an ELF file says about where it can run. https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html */
export interface ElfFile {
  readonly kind: ElfKind;
  readonly bits: 32 | 64;
  readonly endian: 'little' | 'big';
  /** `e_machine` as it stands in the header, for architectures that Go has no word for. */
  readonly machine: number;
  /** Go's word (amd64, arm64, …); undefined for a machine that Go has no word for. */
  readonly arch: string | undefined;
  /** `e_ident[EI_OSABI]`: 0 System V (what Linux uses), 3 Linux, 9 FreeBSD, … */
  readonly osAbi: number;
  /** PT_INTERP: the loader's absolute path, which has to exist where this runs. */
  readonly interpreter: string | undefined;
  /** DT_SONAME. */
  readonly soname: string | undefined;
  /** DT_NEEDED, in the file's order: file names, or paths when they hold a slash. */
  readonly needed: readonly string[];
  /** DT_RPATH, split at colons; ignored by the loader when there is a runpath. */
  readonly rpath: readonly string[];
  /** DT_RUNPATH, split at colons. */
  readonly runpath: readonly string[];
  /** Versions of symbols that it takes from a library, for example GLIBC_2.34 from libc.so.6. */
  readonly versionNeeds: readonly VersionNeed[];
  /** Versions of symbols that it has for others, the file's own base version left out. */
  readonly versionDefinitions: readonly string[];
}

/**
 * `executable`: at a fixed address; `pie`: anywhere, with a loader; `static-pie`: anywhere, without one. A library that can also be
 * started (libc.so.6) is a `shared-library`. `other`: a type that no loader knows.
 */
export type ElfKind = 'executable' | 'pie' | 'static-pie' | 'shared-library' | 'relocatable' | 'core' | 'other';

export interface VersionNeed {
  /** The library's file name. */
  readonly library: string;
  readonly version: string;
  /** The loader only warns when it is missing. */
  readonly weak: boolean;
}

export type ElfResult =
  | { readonly result: 'elf'; readonly elf: ElfFile }
  | { readonly result: 'not-elf' }
  /** It begins as an ELF file does, and does not hold what it promises. */
  | { readonly result: 'broken'; readonly reason: string };

/** Gives up to `length` bytes at `offset`, fewer only where the file ends. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;
