import type { BytePath } from '../fs/byte-path.ts';
import type { FileStamp } from '../fs/file-stamp.ts';

export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo' | 'character-device' | 'block-device';

/** One entry of an archive as a value. Nothing was read yet: the bytes of a file come from `source` when the archive is made. */
export interface TarEntry {
  /** In the archive, as it is to be written: layers have absolute names, directories no trailing slash. */
  readonly path: BytePath;
  readonly type: TarEntryType;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for anything but a file. */
  readonly sizeBytes: number;
  /** Of symlinks (verbatim) and hard links (a path in the archive). */
  readonly linkTarget?: BytePath;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  /** Whole seconds since 1970. @default 1980-01-01T00:00:01Z, as the reference lifecycle has it */
  readonly mtimeSeconds?: number;
  /** Of a file that is not empty. */
  readonly source?: TarSource;
}

export type TarSource =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  /** A file on this machine, and its state when it was listed: if that is no longer so, making the archive fails. */
  | { readonly kind: 'file'; readonly path: BytePath; readonly stamp: FileStamp };

export interface EntryOwner {
  readonly uid: number;
  readonly gid: number;
}

/** A directory that exists in the archive only. @default mode 0o755 */
export function directoryEntry(
  path: string,
  { uid, gid, mode = 0o755 }: EntryOwner & { readonly mode?: number },
): TarEntry {
  return { path, type: 'directory', mode, uid, gid, sizeBytes: 0 };
}

/** A file whose content is in memory. @default mode 0o644 */
export function contentEntry(
  path: string,
  content: string | Uint8Array,
  { uid, gid, mode = 0o644 }: EntryOwner & { readonly mode?: number },
): TarEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { path, type: 'file', mode, uid, gid, sizeBytes: bytes.length, source: { kind: 'content', bytes } };
}

/** A symlink that exists in the archive only. */
export function symlinkEntry(path: string, linkTarget: string, { uid, gid }: EntryOwner): TarEntry {
  return { path, type: 'symlink', mode: 0o777, uid, gid, sizeBytes: 0, linkTarget };
}

/**
 * The directories above an archive path, outermost first, without the root: `/layers/x/y` gives `/layers` and `/layers/x`.
 * They stand at the head of a layer, so that a runtime makes them with this owner and mode.
 */
export function parentEntries(path: string, owner: EntryOwner & { readonly mode?: number }): TarEntry[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.slice(0, -1).map((_, index) => directoryEntry(`/${parts.slice(0, index + 1).join('/')}`, owner));
}
