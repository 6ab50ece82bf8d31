import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { copyEntries } from './copy-entries.ts';
import { fingerprintOf, hashEntries, withAllUnreadable } from './hash-entries.ts';
import type { SourceFilter } from './ignore-filter.ts';
import type { ListedEntry, SourceListing, SourceNotes } from './list-source.ts';
import { listSource } from './list-source.ts';
import type { RememberedSource, SourceMemory } from './source-memory.ts';
import {
  decodeMemory,
  encodeMemory,
  pathKey,
  rememberedSource,
  stillValidHashes,
  unchangedListing,
} from './source-memory.ts';
import type { SourceTree } from './source-tree.ts';
import { Workspace, type WorkspaceMemory } from './workspace.ts';

export interface ReadSourceOptions {
  /** Absolute. */
  readonly root: string;
  /** The application inside the root, `/`-separated, `.` when it is the root. */
  readonly appPath: string;
  readonly filter: SourceFilter;
  readonly report: Report;
  /** Makes an unchanged tree cost one `lstat` a file. @default nothing is remembered */
  readonly memory?: SourceMemory;
}

/**
 * Lists what enters the build and says what was left out on its own account. Nothing is copied and no content read yet.
 * Throws SOURCE_UNREADABLE, SOURCE_CHANGED.
 */
export async function readSource(options: ReadSourceOptions): Promise<SourceTree> {
  const { root: given, appPath, filter, report, memory } = options;
  const root = resolve(given);
  if (!lstatSync(resolve(root, appPath), { throwIfNoEntry: false })?.isDirectory()) {
    throw new TsbuildpackError('SOURCE_UNREADABLE', `Cannot read "${resolve(root, appPath)}": it is not a directory`, {
      hint: 'Name the directory of the application',
    });
  }
  const key = createHash('sha256').update(`1\n${root}\n${filter.key}`).digest('hex');
  const remembered = decodeMemory(await memory?.read(), key);
  const unchanged = remembered && unchangedListing(root, remembered, filter);
  const listing = unchanged ?? listSource(root, filter);
  reportNotes(listing.notes, report);
  const known = { remembered, isUnchanged: unchanged !== undefined };
  const save = async (made: RememberedSource): Promise<void> => await memory?.write(encodeMemory(key, made));
  return new ListedSource({ root, appPath, filter, listing, known, save });
}

interface ListedSourceParts {
  readonly root: string;
  readonly appPath: string;
  readonly filter: SourceFilter;
  readonly listing: SourceListing;
  readonly known: { readonly remembered: RememberedSource | undefined; readonly isUnchanged: boolean };
  readonly save: (made: RememberedSource) => Promise<void>;
}

class ListedSource implements SourceTree {
  readonly root: string;
  readonly appPath: string;
  readonly #parts: ListedSourceParts;
  #fingerprint: Promise<string> | undefined;
  #hashes: Promise<ReadonlyMap<string, Buffer>> | undefined;

  constructor(parts: ListedSourceParts) {
    this.root = parts.root;
    this.appPath = parts.appPath;
    this.#parts = parts;
  }

  get entries(): readonly ListedEntry[] {
    return this.#parts.listing.entries;
  }

  hiddenBy(path: string): string | undefined {
    const { filter, listing } = this.#parts;
    if (path === '' || path === '.') return undefined;
    if (listing.notes.special.includes(path)) return 'no regular file';
    const stats = lstatSync(resolve(this.root, path), { throwIfNoEntry: false });
    return stats && filter.hiddenBy(path, stats.isDirectory())?.by;
  }

  fingerprint(): Promise<string> {
    this.#fingerprint ??= this.#namingAll(async () => await this.#makeFingerprint());
    return this.#fingerprint;
  }

  async copyTo(dir: string, memory?: WorkspaceMemory): Promise<void> {
    await this.#namingAll(async () => {
      const isKnown = this.#fingerprint !== undefined || this.#parts.known.isUnchanged;
      if (isKnown && memory === undefined) {
        await copyEntries(this.root, this.entries, { to: dir });
        return;
      }
      const known = isKnown ? await this.#allHashes() : this.#knownHashes();
      const workspace = memory && new Workspace(dir, memory);
      const kept = await workspace?.tidy(this.entries, known);
      const missing = kept ? this.entries.filter(({ bytes }) => !kept.keys.has(pathKey(bytes))) : this.entries;
      const files = [...(kept?.files ?? []), ...(await copyEntries(this.root, missing, { to: dir, known }))];
      await workspace?.remember(files);
      if (!isKnown)
        this.#hashes = Promise.resolve(new Map(files.map(({ entry, hash }) => [pathKey(entry.bytes), hash])));
      await this.fingerprint();
    });
  }

  async #makeFingerprint(): Promise<string> {
    const { listing, known, save } = this.#parts;
    if (known.remembered && known.isUnchanged) return known.remembered.fingerprint;
    const hashes = await this.#allHashes();
    const fingerprint = fingerprintOf(this.entries, hashes);
    await save(rememberedSource(listing, { hashOf: ({ bytes }) => hashes.get(pathKey(bytes)), fingerprint }));
    return fingerprint;
  }

  /** Of every file. */
  #allHashes(): Promise<ReadonlyMap<string, Buffer>> {
    this.#hashes ??= hashEntries(this.root, this.entries, this.#knownHashes());
    return this.#hashes;
  }

  /** Of those files that are as they were when they were hashed last. */
  #knownHashes(): ReadonlyMap<string, Buffer> {
    const { listing, known } = this.#parts;
    return known.remembered ? stillValidHashes(known.remembered, listing) : new Map<string, Buffer>();
  }

  async #namingAll<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw withAllUnreadable(error, this.root, this.entries);
    }
  }
}

const mostNamed = 5;

function reportNotes({ special, escaping, keptOut }: SourceNotes, report: Report): void {
  if (special.length > 0) {
    report({
      type: 'warning',
      message: `Left out ${list(special)}: sockets, named pipes and devices cannot be part of an image`,
    });
  }
  if (escaping.length > 0) {
    report({
      type: 'warning',
      message: `Symbolic links lead out of the source, to what will not be in the image: ${list(escaping)}`,
      hint: 'Link to a path inside the source, or build with --source-root above both',
    });
  }
  if (keptOut.length > 0) {
    report({
      type: 'info',
      message: `Left out by default, because they usually hold secrets: ${list(keptOut)} (a "!" rule in .tsbuildpackignore brings them in)`,
    });
  }
}

function list(paths: readonly string[]): string {
  const named = paths.slice(0, mostNamed).map((path) => `"${path}"`);
  const more = paths.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
