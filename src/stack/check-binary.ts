import { posix } from 'node:path';
import type { ElfFile } from '../elf/elf-file.ts';
import type { ImageFile, ImageFiles, LibraryFacts } from './image-files.ts';
import { libraryFacts } from './layer-scan.ts';
import type { LibrarySearch, LoaderKind } from './library-search.ts';
import { findLibrary } from './library-search.ts';

export interface CheckBinaryOptions {
  /** Those of the run image, over them (`overlaidFiles`) the application's own libraries. */
  readonly files: ImageFiles;
  /** Go's words, of the run image. */
  readonly target: { readonly os: string; readonly arch: string };
  /** Where the program will be in the image. */
  readonly path: string;
  /** LD_LIBRARY_PATH of the process, split. @default none */
  readonly libraryPath?: readonly string[];
}

export type BinaryVerdict =
  | { readonly fits: true }
  /** Each a clause that follows "it": `is for arm64, the run image is for amd64`. */
  | { readonly fits: false; readonly reasons: readonly string[] };

/** Whether a program would start on a run image, as its loader would find out. */
export function checkBinary(elf: ElfFile, options: CheckBinaryOptions): BinaryVerdict {
  const { files, target, path } = options;
  const wrong = wrongMachine(elf, target);
  if (wrong.length > 0) return { fits: false, reasons: wrong };
  const { interpreter } = elf;
  if (interpreter === undefined) return { fits: true };
  if (files.find(posix.resolve('/', interpreter)) === undefined) {
    return { fits: false, reasons: [`needs the loader ${interpreter}, which the run image does not have`] };
  }
  const search: LibrarySearch = {
    files,
    loader: loaderKind(interpreter),
    arch: elf.arch,
    libraryPath: options.libraryPath ?? [],
  };
  const reasons = missingParts({ path, facts: libraryFacts(elf) }, search);
  return reasons.length === 0 ? { fits: true } : { fits: false, reasons };
}

/** Whether a library, such as an add-on of Node, could be loaded by a program on a run image. */
export function checkLibrary(
  elf: ElfFile,
  { files, target, path, libraryPath = [] }: CheckBinaryOptions,
): BinaryVerdict {
  const wrong = wrongProcessor(elf, target);
  if (wrong.length > 0) return { fits: false, reasons: wrong };
  // Who loads it has a loader: which one, shows the C library that it wants.
  const loader: LoaderKind = elf.needed.some((name) => name.startsWith('libc.musl-')) ? 'musl' : 'glibc';
  const present = files.find(loader === 'musl' ? muslLoader(target.arch) : glibcLoader(target.arch)) !== undefined;
  if (!present && elf.needed.length > 0) {
    return { fits: false, reasons: [`is for ${loader}, which the run image does not have`] };
  }
  const reasons = missingParts({ path, facts: libraryFacts(elf) }, { files, loader, arch: elf.arch, libraryPath });
  return reasons.length === 0 ? { fits: true } : { fits: false, reasons };
}

function muslLoader(arch: string): string {
  return `/lib/ld-musl-${arch === 'amd64' ? 'x86_64' : 'aarch64'}.so.1`;
}

function glibcLoader(arch: string): string {
  return arch === 'amd64' ? '/lib64/ld-linux-x86-64.so.2' : '/lib/ld-linux-aarch64.so.1';
}

const linuxAbis = new Set([0, 3]);

function wrongMachine(elf: ElfFile, target: CheckBinaryOptions['target']): readonly string[] {
  if (elf.kind !== 'executable' && elf.kind !== 'pie' && elf.kind !== 'static-pie')
    return [`is no program but a ${elf.kind.replace('-', ' ')}`];
  return wrongProcessor(elf, target);
}

function wrongProcessor(elf: ElfFile, { os, arch }: CheckBinaryOptions['target']): readonly string[] {
  if (elf.arch !== arch) return [`is for ${elf.arch ?? `machine ${elf.machine}`}, the run image is for ${arch}`];
  if (os === 'linux' && !linuxAbis.has(elf.osAbi))
    return [`is for another operating system (ABI ${elf.osAbi}), the run image is for linux`];
  return [];
}

function loaderKind(interpreter: string): LoaderKind {
  return posix.basename(interpreter).startsWith('ld-musl-') ? 'musl' : 'glibc';
}

interface Loaded {
  readonly path: string;
  readonly facts: LibraryFacts;
}

/** Follows the libraries breadth first, as loaders do: a name is looked for once, by who asks first. */
function missingParts(program: Loaded, search: LibrarySearch): readonly string[] {
  const reasons: string[] = [];
  const found = new Map<string, ImageFile | undefined>();
  const queue: Loaded[] = [program];
  for (let asker = queue.shift(); asker !== undefined; asker = queue.shift()) {
    for (const name of asker.facts.needed) {
      if (found.has(name) || isPartOfLoader(name, search.loader)) continue;
      const file = findLibrary(name, { path: asker.path, ...asker.facts }, search);
      found.set(name, file);
      if (file === undefined) reasons.push(`needs ${name}${byWhom(asker, program)}, which the run image does not have`);
      else if (file.elf !== undefined) queue.push({ path: file.path, facts: file.elf });
    }
    if (search.loader === 'glibc') reasons.push(...missingVersions(asker, program, found));
  }
  return reasons;
}

function missingVersions(
  asker: Loaded,
  program: Loaded,
  found: ReadonlyMap<string, ImageFile | undefined>,
): readonly string[] {
  return asker.facts.versionNeeds.flatMap(({ library, version, weak }) => {
    const defined = found.get(library)?.elf?.versionDefinitions ?? [];
    // A library without versions is only warned about.
    if (weak || defined.length === 0 || defined.includes(version)) return [];
    const family = version.replace(/_.*$/, '');
    const newest = newestVersion(defined, family);
    const has = newest === undefined ? 'no such version' : `at most ${newest}`;
    return [`needs ${version} of ${library}${byWhom(asker, program)}, the run image has ${has}`];
  });
}

/** `GLIBC_2.36` of all that begin with GLIBC_. */
export function newestVersion(versions: readonly string[], family: string): string | undefined {
  const numbered = versions.filter((version) => version.startsWith(`${family}_`) && /_\d+(?:\.\d+)*$/.test(version));
  return numbered.toSorted(compareVersions).at(-1);
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.replace(/^.*_/, '').split('.').map(Number));
  for (let part = 0; part < Math.max(left?.length ?? 0, right?.length ?? 0); part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function byWhom(asker: Loaded, program: Loaded): string {
  return asker === program ? '' : ` (for ${posix.basename(asker.path)})`;
}

/** musl's loader is its C library, whatever name that is asked for by: https://git.musl-libc.org/cgit/musl/tree/ldso/dynlink.c */
const muslNames = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;

function isPartOfLoader(name: string, loader: LoaderKind): boolean {
  return loader === 'musl' && muslNames.test(name);
}
