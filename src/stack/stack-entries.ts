import type { TarEntry } from '../layer/tar-entry.ts';
import { contentEntry, directoryEntry, symlinkEntry } from '../layer/tar-entry.ts';
import type { Stack } from './load-stack.ts';

const root = { uid: 0, gid: 0 };

/** What the stack's layer holds: sorted, every directory before what is in it. */
export function stackEntries({ document, sources }: Stack): readonly TarEntry[] {
  const { files, directories, links, home, uid } = document.run;
  const entries = new Map<string, TarEntry>();
  if (home !== undefined) entries.set(home, directoryEntry(home, { uid, gid: 0, mode: 0o775 }));
  for (const { path, source, ...about } of files) {
    entries.set(path, contentEntry(path, sources.get(source) ?? '', about));
  }
  for (const { path, target } of links) entries.set(path, symlinkEntry(path, target, root));
  for (const { path, ...about } of directories) entries.set(path, directoryEntry(path, about));
  for (const path of Array.from(entries.keys())) {
    for (const above of directoriesAbove(path))
      if (!entries.has(above)) entries.set(above, directoryEntry(above, root));
  }
  return [...entries.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** `/etc/ssl/x` gives `/etc` and `/etc/ssl`. */
function directoriesAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
