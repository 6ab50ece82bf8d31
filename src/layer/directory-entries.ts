import { readlinkSync, type Stats } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { bytePath, joinBytePath, showPath } from '../fs/byte-path.ts';
import { stampOf } from '../fs/file-stamp.ts';
import { listedError } from '../fs/read-stamped.ts';
import type { WalkedFile } from '../fs/walk.ts';
import { walk } from '../fs/walk.ts';
import type { EntryOwner, TarEntry, TarEntryType } from './tar-entry.ts';

export interface DirectoryEntriesOptions extends EntryOwner {
  /** `walk` for directories of layers, `path` for app slices, as the reference lifecycle has them. @default 'walk' */
  readonly order?: 'walk' | 'path';
  /** Changes permission bits. @default kept as on disk */
  readonly mode?: (mode: number, type: TarEntryType) => number;
  /** Told about sockets, which no archive can hold. */
  readonly report: Report;
}

/**
 * A directory of this machine (or a single file) and everything below it as entries of an archive, the directory itself first. Lazy: list
 * and archive are made in one go, in bounded memory. Files with several hard links become independent copies.
 * Throws SOURCE_CHANGED, SOURCE_UNREADABLE.
 */
export function directoryEntries(
  hostDir: BytePath,
  archivePath: BytePath,
  options: DirectoryEntriesOptions,
): Generator<TarEntry> {
  return walkedEntries(walk(hostDir, { order: options.order ?? 'walk' }), archivePath, options);
}

/** The same for files that are being listed already, for whoever wants to see or choose them on the way. */
export function* walkedEntries(
  files: Iterable<WalkedFile>,
  archivePath: BytePath,
  options: Omit<DirectoryEntriesOptions, 'order'>,
): Generator<TarEntry> {
  for (const file of files) {
    if (file.stats.isSocket()) {
      options.report({
        type: 'warning',
        message: `Left out "${showPath(file.path)}": a socket cannot be part of an image`,
      });
      continue;
    }
    const path = file.relative.length === 0 ? archivePath : joinBytePath(archivePath, file.relative);
    yield fileEntry(file, path, options);
  }
}

function fileEntry(file: WalkedFile, path: BytePath, options: Omit<DirectoryEntriesOptions, 'order'>): TarEntry {
  const { stats } = file;
  const type = entryType(file);
  const kept = type === 'symlink' ? 0o777 : stats.mode & 0o7777;
  const base: TarEntry = {
    path,
    type,
    mode: options.mode?.(kept, type) ?? kept,
    uid: options.uid,
    gid: options.gid,
    sizeBytes: type === 'file' ? stats.size : 0,
  };
  if (type === 'file') return { ...base, source: { kind: 'file', path: file.path, stamp: stampOf(stats) } };
  if (type === 'symlink') return { ...base, linkTarget: linkTarget(file.path) };
  if (type === 'character-device' || type === 'block-device') return { ...base, ...deviceNumber(stats) };
  return base;
}

function entryType({ stats, path }: WalkedFile): TarEntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character-device';
  if (stats.isBlockDevice()) return 'block-device';
  throw new TsbuildpackError('SOURCE_UNREADABLE', `Cannot read "${showPath(path)}": its type is unknown`);
}

function linkTarget(path: BytePath): BytePath {
  try {
    return bytePath(readlinkSync(path, 'buffer'));
  } catch (error) {
    throw listedError(error, path);
  }
}

/** Linux packs two numbers into one: https://github.com/torvalds/linux/blob/master/include/linux/kdev_t.h (new_encode_dev and the C library's makedev). */
function deviceNumber({ rdev }: Stats): { readonly deviceMajor: number; readonly deviceMinor: number } {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return { deviceMajor: Number(major), deviceMinor: Number(minor) };
}
