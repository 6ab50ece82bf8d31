import type { BigIntStats } from 'node:fs';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { systemErrorCode } from '../fs/system-error.ts';

/**
 * What a blob's file looked like when its bytes were last verified. A store that was copied or restored by a CI cache has other inodes
 * or times, so its blobs are hashed once more before anybody links to them.
 */
function blobStamp(stats: BigIntStats): string {
  return `${stats.size} ${stats.mtimeNs} ${stats.dev} ${stats.ino}\n`;
}

/** Whether the file is as it was when it was verified. */
export function isAsVerified(blob: string, record: string): boolean {
  const stats = statSync(blob, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && readRecord(record) === blobStamp(stats);
}

/** Notes that the bytes of this file, seen with these stats before they were read, are right. The time of use stays. */
export function recordVerified(record: string, stats: BigIntStats): void {
  const before = statSync(record, { throwIfNoEntry: false });
  // Not atomic and not synced: a record that is cut short only means one more verification.
  writeFileSync(record, blobStamp(stats));
  if (before !== undefined) utimesSync(record, before.mtimeMs / 1000, before.mtimeMs / 1000);
}

function readRecord(record: string): string | undefined {
  try {
    return readFileSync(record, 'latin1');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
