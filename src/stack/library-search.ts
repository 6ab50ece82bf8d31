import { posix } from 'node:path';
import type { ImageFile, ImageFiles, LibraryFacts } from './image-files.ts';

/** Which loader a program is started by; they look for libraries in different places. */
export type LoaderKind = 'glibc' | 'musl';

export interface LibrarySearch {
  readonly files: ImageFiles;
  readonly loader: LoaderKind;
  /** Go's word: libraries for another machine are passed over. */
  readonly arch: string | undefined;
  /** LD_LIBRARY_PATH of the process, split. */
  readonly libraryPath: readonly string[];
}

/** What asks for a library, and where it is: for `$ORIGIN`. */
export interface Asker extends Pick<LibraryFacts, 'rpath' | 'runpath'> {
  readonly path: string;
}

/** The library that the loader would take, or undefined: https://man7.org/linux/man-pages/man8/ld.so.8.html */
export function findLibrary(name: string, asker: Asker, search: LibrarySearch): ImageFile | undefined {
  const { files, arch } = search;
  const fits = (file: ImageFile | undefined): boolean =>
    file !== undefined && (arch === undefined || file.elf?.arch === undefined || file.elf.arch === arch);
  if (name.includes('/')) {
    const file = files.find(posix.resolve(posix.dirname(asker.path), name));
    return fits(file) ? file : undefined;
  }
  for (const directory of searchedDirectories(asker, search)) {
    const file = files.find(posix.join(directory, name));
    if (fits(file)) return file;
  }
  return undefined;
}

function searchedDirectories(asker: Asker, { files, loader, libraryPath }: LibrarySearch): readonly string[] {
  const own = (paths: readonly string[]): readonly string[] => paths.map((path) => expanded(path, asker.path));
  const runpath = own(asker.runpath);
  // DT_RPATH counts before LD_LIBRARY_PATH, and only without a DT_RUNPATH, which counts behind it. musl has them all behind it.
  const rpath = runpath.length > 0 ? [] : own(asker.rpath);
  if (loader === 'musl') return [...libraryPath, ...rpath, ...runpath, ...muslDirectories(files)];
  return [...rpath, ...libraryPath, ...runpath, ...glibcDirectories(files)];
}

function expanded(path: string, asker: string): string {
  return path.replaceAll(/\$(?:ORIGIN\b|\{ORIGIN\})/g, posix.dirname(asker)).replaceAll(/\$(?:LIB\b|\{LIB\})/g, 'lib');
}

/** What /etc/ld.so.conf names, as the cache of the loader would be made of, and what loaders know without it. */
export function glibcDirectories(files: ImageFiles): readonly string[] {
  return [
    ...configuredDirectories('/etc/ld.so.conf', files, 0),
    ...multiarch(files),
    '/lib64',
    '/usr/lib64',
    '/lib',
    '/usr/lib',
  ];
}

const deepestInclude = 8;

function configuredDirectories(path: string, files: ImageFiles, depth: number): readonly string[] {
  const text = files.text(path);
  if (text === undefined || depth > deepestInclude) return [];
  return text.split('\n').flatMap((line) => {
    const words = line
      .replace(/#.*$/, '')
      .trim()
      .split(/[\s,:]+/);
    const [first = '', ...patterns] = words;
    if (first !== 'include') return words.filter((word) => word.startsWith('/'));
    return patterns.flatMap((pattern) =>
      matching(posix.resolve(posix.dirname(path), pattern), files).flatMap((file) =>
        configuredDirectories(file, files, depth + 1),
      ),
    );
  });
}

function matching(pattern: string, files: ImageFiles): readonly string[] {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  const expression = new RegExp(`^${source}$`);
  return [...files.paths()].filter((path) => expression.test(path)).toSorted();
}

const triplets = [
  'x86_64-linux-gnu',
  'aarch64-linux-gnu',
  'arm-linux-gnueabihf',
  'i386-linux-gnu',
  'powerpc64le-linux-gnu',
  'riscv64-linux-gnu',
  's390x-linux-gnu',
];

/** Debian builds its own directories into the loader. */
function multiarch(files: ImageFiles): readonly string[] {
  const present = triplets.filter(
    (triplet) => files.find(`/lib/${triplet}/libc.so.6`) ?? files.find(`/usr/lib/${triplet}/libc.so.6`),
  );
  return present.flatMap((triplet) => [`/lib/${triplet}`, `/usr/lib/${triplet}`]);
}

function muslDirectories(files: ImageFiles): readonly string[] {
  for (const path of files.paths()) {
    if (!/^\/etc\/ld-musl-[^/]+\.path$/.test(path)) continue;
    return (files.text(path) ?? '').split(/[\n:]/).filter((directory) => directory.startsWith('/'));
  }
  return ['/lib', '/usr/local/lib', '/usr/lib'];
}
