import { lstatSync } from 'node:fs';
import * as v from 'valibot';
import type { BytePath } from '../fs/byte-path.ts';
import { compareBytePaths, showPath } from '../fs/byte-path.ts';
import { decodeIndex, encodeIndex } from '../fs/stat-index-file.ts';
import type { StatIndex } from '../fs/stat-index.ts';
import { compareIndex, firstChange } from '../fs/stat-index.ts';
import type { SourceFilter } from './ignore-filter.ts';
import type { EntryStat, ListedEntry, SourceListing, SourceNotes } from './list-source.ts';
import { inRoot, linkEntry } from './list-source.ts';

/** Where the hashes of a source tree are kept between builds: a document of the store. */
export interface SourceMemory {
  read(): Promise<Buffer | undefined>;
  write(bytes: Uint8Array): Promise<void>;
}

/** What is known from an earlier build: every file's stat and the hash that its content had. */
export interface RememberedSource {
  readonly index: StatIndex;
  /** By the position in the index; all zero for what has no content. */
  readonly hashes: Buffer;
  readonly notes: SourceNotes;
  /** Of the whole tree. */
  readonly fingerprint: string;
}

const hashBytes = 32;
const none = Buffer.alloc(hashBytes);
const width = 5;
// A path in an index that is no entry: a directory that was only gone into, a special file, a file hidden for what is in it.
const noEntry = Buffer.alloc(hashBytes, 0xff);

/** Undefined when it was never written, is damaged, or other rules decided what it holds. */
export function decodeMemory(bytes: Buffer | undefined, key: string): RememberedSource | undefined {
  if (bytes === undefined || bytes.length < key.length + 8 || bytes.toString('latin1', 0, key.length) !== key)
    return undefined;
  const indexLength = bytes.readUInt32LE(key.length);
  const notesLength = bytes.readUInt32LE(key.length + 4);
  const indexAt = key.length + 8;
  const notesAt = indexAt + indexLength;
  const hashesAt = notesAt + notesLength;
  const index = decodeIndex(bytes.subarray(indexAt, notesAt));
  const hashes = bytes.subarray(hashesAt);
  if (index === undefined || hashes.length !== index.paths.length * hashBytes) return undefined;
  const about = parseAbout(bytes.toString('utf8', notesAt, hashesAt));
  return about && { index, hashes, ...about };
}

export function encodeMemory(key: string, { index, hashes, notes, fingerprint }: RememberedSource): Buffer {
  const encoded = encodeIndex(index);
  const about = Buffer.from(JSON.stringify({ notes, fingerprint }));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(encoded.length, 0);
  lengths.writeUInt32LE(about.length, 4);
  return Buffer.concat([Buffer.from(key, 'latin1'), lengths, encoded, about, hashes]);
}

const paths = v.array(v.string());
const aboutSchema = v.object({
  notes: v.object({ special: paths, escaping: paths, keptOut: paths }),
  fingerprint: v.string(),
});

function parseAbout(text: string): v.InferOutput<typeof aboutSchema> | undefined {
  try {
    const found = v.safeParse(aboutSchema, JSON.parse(text));
    return found.success ? found.output : undefined;
  } catch {
    return undefined;
  }
}

/** A listing as it is remembered once the content of its files was hashed. */
export function rememberedSource(listing: SourceListing, { hashOf, fingerprint }: HashedEntries): RememberedSource {
  const parts = new Map<string, IndexPart>();
  for (const { bytes, stat } of listing.witnesses) parts.set(pathKey(bytes), { bytes, stat, hash: noEntry });
  for (const entry of listing.entries) {
    parts.set(pathKey(entry.bytes), { bytes: entry.bytes, stat: entry.stat, hash: hashOf(entry) ?? none });
  }
  const inOrder = [...parts.values()].toSorted((a, b) => compareBytePaths(walkKey(a.bytes), walkKey(b.bytes)));
  const index = indexOf(listing.takenAtMs, inOrder);
  return { index, hashes: Buffer.concat(inOrder.map(({ hash }) => hash)), notes: listing.notes, fingerprint };
}

export interface HashedEntries {
  readonly hashOf: (entry: ListedEntry) => Buffer | undefined;
  readonly fingerprint: string;
}

interface IndexPart {
  readonly bytes: BytePath;
  readonly stat: EntryStat;
  readonly hash: Buffer;
}

/** Sorts a directory right before its content, as an index has to be: nothing is less than the zero byte. */
function walkKey(path: BytePath): BytePath {
  if (typeof path === 'string') return path.replaceAll('/', '\0');
  return Buffer.from(path.map((byte) => (byte === 0x2f ? 0 : byte)));
}

export function indexOf(
  takenAtMs: number,
  parts: readonly { readonly bytes: BytePath; readonly stat: EntryStat }[],
): StatIndex {
  const numbers = new Float64Array(parts.length * width);
  for (const [position, { stat }] of parts.entries()) {
    numbers.set([stat.mode, stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino], position * width);
  }
  return { takenAtMs, paths: parts.map(({ bytes }) => bytes), numbers };
}

/**
 * The listing of an earlier build when nothing in the tree came, went or changed since. Nothing is read but stats; entries are made, and
 * links read, when somebody asks for them, which an unchanged build does not.
 */
export function unchangedListing(
  root: string,
  remembered: RememberedSource,
  filter: SourceFilter,
): SourceListing | undefined {
  const { index, notes } = remembered;
  const exclude = (relative: BytePath): boolean => isOutside(root, relative, filter);
  if (firstChange(root, index, { exclude }) !== undefined) return undefined;
  let listed: Pick<SourceListing, 'entries' | 'witnesses'> | undefined;
  const list = (): Pick<SourceListing, 'entries' | 'witnesses'> => (listed ??= listRemembered(root, remembered));
  return {
    takenAtMs: index.takenAtMs,
    notes,
    get entries(): SourceListing['entries'] {
      return list().entries;
    },
    get witnesses(): SourceListing['witnesses'] {
      return list().witnesses;
    },
  };
}

function listRemembered(
  root: string,
  { index, hashes }: RememberedSource,
): Pick<SourceListing, 'entries' | 'witnesses'> {
  const entries: ListedEntry[] = [];
  const witnesses: SourceListing['witnesses'][number][] = [];
  for (const [position, bytes] of index.paths.entries()) {
    const stat = statAt(index, position);
    if (hashAt(hashes, position).equals(noEntry)) witnesses.push({ bytes, stat });
    else entries.push(entryOf(root, bytes, stat));
  }
  return { entries, witnesses };
}

/** Whether a name that is in a directory has no place in the index. */
function isOutside(root: string, relative: BytePath, filter: SourceFilter): boolean {
  const path = showPath(relative);
  const isDirectory = lstatSync(inRoot(root, relative), { throwIfNoEntry: false })?.isDirectory() ?? false;
  const hidden = filter.hiddenBy(path, isDirectory);
  return hidden !== undefined && !hidden.byContent && !(isDirectory && filter.mayEnterBelow(path));
}

const typeMask = 0o170000;
const directoryType = 0o040000;
const linkType = 0o120000;

function entryOf(root: string, bytes: BytePath, stat: EntryStat): ListedEntry {
  const path = showPath(bytes);
  const type = stat.mode & typeMask;
  if (type === linkType) return linkEntry(root, { bytes, path, stat });
  if (type === directoryType) return { bytes, path, type: 'directory', sizeBytes: 0, executable: true, stat };
  return { bytes, path, type: 'file', sizeBytes: stat.size, executable: (stat.mode & 0o100) !== 0, stat };
}

/** The remembered hashes of those entries of a new listing that did not change, by path. */
export function stillValidHashes(remembered: RememberedSource, listing: SourceListing): ReadonlyMap<string, Buffer> {
  const { index, hashes } = remembered;
  const changed = new Set(compareIndex(index, indexOf(listing.takenAtMs, listing.entries)).map(pathKey));
  const valid = new Map<string, Buffer>();
  for (const [position, path] of index.paths.entries()) {
    const hash = hashAt(hashes, position);
    if (!changed.has(pathKey(path)) && !hash.equals(none) && !hash.equals(noEntry)) valid.set(pathKey(path), hash);
  }
  return valid;
}

export function pathKey(path: BytePath): string {
  return typeof path === 'string' ? path : `\0${path.toString('latin1')}`;
}

export function hashAt(hashes: Buffer, position: number): Buffer {
  return hashes.subarray(position * hashBytes, (position + 1) * hashBytes);
}

export function statAt({ numbers }: StatIndex, position: number): EntryStat {
  const [mode = 0, size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0] = numbers.subarray(
    position * width,
    (position + 1) * width,
  );
  return { mode, size, mtimeMs, ctimeMs, ino };
}
