import type { TarEntry } from '../layer/tar-entry.ts';
import { contentEntry, directoryEntry, symlinkEntry } from '../layer/tar-entry.ts';
import { accountFiles } from './account-files.ts';
import type { StackPart } from './stack-half.ts';

const root = { uid: 0, gid: 0 };

export interface PartEntriesOptions {
  /** What its packages hold. */
  readonly packages?: readonly TarEntry[];
  /** Parts below: their directories keep their modes. */
  readonly below?: readonly StackPart[];
}

/**
 * What the layer of a part holds, every directory before what is in it: the files of its packages, and in their places or behind them
 * what the stack itself has.
 */
export function partEntries(
  part: StackPart,
  { packages = [], below = [] }: PartEntriesOptions = {},
): readonly TarEntry[] {
  const entries = new Map<string, TarEntry>(packages.map((entry) => [String(entry.path), entry]));
  const directories = new Map(below.flatMap(ownEntries).filter(isDirectory));
  const added = new Map<string, TarEntry>();
  // Where there are packages, their rules have placed links and directories among their files.
  const own = packages.length > 0 ? ownFiles(part) : ownEntries(part);
  for (const [path, entry] of own) {
    if (entries.has(path)) entries.set(path, entry);
    else added.set(path, entry);
  }
  for (const path of Array.from(added.keys())) {
    for (const above of directoriesAbove(path)) {
      if (!entries.has(above) && !added.has(above))
        added.set(above, directories.get(above) ?? directoryEntry(above, root));
    }
  }
  return [...entries.values(), ...[...added].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)];
}

type Named = readonly (readonly [string, TarEntry])[];

function ownEntries(part: StackPart): Named {
  const { directories, links } = part.document;
  return [
    ...ownFiles(part),
    ...links.map(({ path, target }) => [path, symlinkEntry(path, target, root)] as const),
    ...directories.map(({ path, ...about }) => [path, directoryEntry(path, about)] as const),
  ];
}

function ownFiles({ stack, half, document: { files }, uid, home }: StackPart): Named {
  const accounts = half === 'run' || stack.parent !== undefined ? accountFiles(stack) : [];
  return [
    ...(home === undefined ? [] : [[home, directoryEntry(home, { uid, gid: 0, mode: 0o775 })] as const]),
    ...accounts.map(({ path, text }) => [path, contentEntry(path, text, root)] as const),
    ...files.map(
      ({ path, source, ...about }) => [path, contentEntry(path, stack.sources.get(source) ?? '', about)] as const,
    ),
  ];
}

function isDirectory([, { type }]: readonly [string, TarEntry]): boolean {
  return type === 'directory';
}

/** `/etc/ssl/x` gives `/etc` and `/etc/ssl`. */
function directoriesAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
