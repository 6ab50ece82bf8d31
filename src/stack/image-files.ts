/** What the loader of a run image reads from its files. */
export interface ImageFiles {
  /** The file at an absolute path, symlinks followed inside the image; undefined when there is none. */
  find(path: string): ImageFile | undefined;
  /** The content of a small text file; undefined when there is none, or it is none of those that were kept. */
  text(path: string): string | undefined;
  /** Absolute paths of all files. */
  paths(): Iterable<string>;
}

export interface ImageFile {
  /** Where the links led. */
  readonly path: string;
  /** What its ELF header says; undefined for any other file. */
  readonly elf?: LibraryFacts;
}

/** Of an ELF file, what others that use it have to know. */
export interface LibraryFacts {
  readonly arch?: string;
  readonly needed: readonly string[];
  readonly runpath: readonly string[];
  readonly rpath: readonly string[];
  readonly versionNeeds: readonly { readonly library: string; readonly version: string; readonly weak: boolean }[];
  readonly versionDefinitions: readonly string[];
}

/** One name in an image, as its layers give it. */
export type ImageNode =
  | { readonly type: 'directory' }
  | { readonly type: 'symlink'; readonly target: string }
  | { readonly type: 'file'; readonly text?: string; readonly elf?: LibraryFacts };

// As Linux: https://man7.org/linux/man-pages/man7/path_resolution.7.html
const mostLinks = 40;

/** Files by their absolute paths, links not followed. */
export function imageFiles(nodes: ReadonlyMap<string, ImageNode>): ImageFiles {
  function resolve(path: string): { readonly path: string; readonly node: ImageNode } | undefined {
    let links = 0;
    const todo = path.split('/').toReversed();
    let at = '';
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
        continue;
      }
      const next = `${at}/${name}`;
      const node = nodes.get(next);
      if (node?.type !== 'symlink') {
        at = next;
        continue;
      }
      links += 1;
      if (links > mostLinks) return undefined;
      if (node.target.startsWith('/')) at = '';
      todo.push(...node.target.split('/').toReversed());
    }
    const node = nodes.get(at);
    return node && { path: at, node };
  }

  return {
    find(path): ImageFile | undefined {
      const found = resolve(path);
      if (found?.node.type !== 'file') return undefined;
      return { path: found.path, ...(found.node.elf && { elf: found.node.elf }) };
    },
    text(path): string | undefined {
      const found = resolve(path);
      return found?.node.type === 'file' ? found.node.text : undefined;
    },
    *paths(): Generator<string> {
      for (const [path, { type }] of nodes) if (type === 'file') yield path;
    },
  };
}

/** Of several sets of files the first that has a path decides: an application's own libraries before those of the run image. */
export function overlaidFiles(...sets: readonly ImageFiles[]): ImageFiles {
  return {
    find: (path) => firstOf(sets, (files) => files.find(path)),
    text: (path) => firstOf(sets, (files) => files.text(path)),
    *paths(): Generator<string> {
      for (const files of sets) yield* files.paths();
    },
  };
}

function firstOf<T, R>(values: readonly T[], ask: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const answer = ask(value);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
