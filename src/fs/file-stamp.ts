import type { Stats } from 'node:fs';

/** What tells that a file is the same and was not written to since: the change time also betrays a modification time set back. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
  readonly device: number;
}

/** As far as it was kept: a list of files in one tree does without the device. */
export type KeptStamp = Omit<FileStamp, 'device'> & Partial<Pick<FileStamp, 'device'>>;

export function stampOf(stats: Stats): FileStamp {
  return {
    sizeBytes: stats.size,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
    inode: stats.ino,
    device: stats.dev,
  };
}

export function isSameStamp(stats: Stats, stamp: KeptStamp): boolean {
  return (
    stats.size === stamp.sizeBytes &&
    stats.mtimeMs === stamp.mtimeMs &&
    stats.ctimeMs === stamp.ctimeMs &&
    stats.ino === stamp.inode &&
    (stamp.device === undefined || stats.dev === stamp.device)
  );
}
