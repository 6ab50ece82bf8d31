import type { FileTree, TreeEntry } from './file-tree.ts';

/** https://www.debian.org/doc/debian-policy/ch-opersys.html#file-system-structure */
const everywhere = ['bin', 'lib', 'sbin'];
/** Only where something is in them: which ones depends on the architecture. */
const sometimes = ['lib32', 'lib64', 'libx32'];

/** Symlinks through which what packages ship in `/bin` comes to be in `/usr/bin`; they have to be there first. */
export const mergedLinks: readonly TreeEntry[] = [...everywhere, ...sometimes].map((name) => ({
  path: `/${name}`,
  type: 'symlink',
  mode: 0o777,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  linkTarget: `usr/${name}`,
}));

/** Those of them that lead to nothing. */
export function idleMergedLinks(tree: FileTree): ReadonlySet<string> {
  const used = new Set(tree.paths().map((path) => /^\/usr\/(?<name>[^/]+)\/./.exec(path)?.groups?.['name']));
  return new Set(sometimes.filter((name) => !used.has(name)).map((name) => `/${name}`));
}
