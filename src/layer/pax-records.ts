import type { RecentBytes } from './recent-bytes.ts';
import { blockBytes, paddingOf } from './tar-header.ts';

/** Records end where the main header begins; a chain of them is never longer than this. */
const maxRecordBytes = 1 << 20;

/**
 * The PAX records right in front of a main header at this position of the stream, as bytes. Undefined when there are none, or they are no
 * longer among the recent bytes.
 */
export function readPaxBefore(recent: RecentBytes, mainHeaderAt: number): ReadonlyMap<string, Buffer> | undefined {
  for (let at = mainHeaderAt - 2 * blockBytes; at >= 0 && mainHeaderAt - at <= maxRecordBytes; at -= blockBytes) {
    const header = recent.slice(at, at + blockBytes);
    if (header === undefined) return undefined;
    const sizeBytes = paxFileSize(header);
    if (sizeBytes === undefined || at + blockBytes + sizeBytes + paddingOf(sizeBytes) !== mainHeaderAt) continue;
    const data = recent.slice(at + blockBytes, at + blockBytes + sizeBytes);
    return data && parseRecords(data);
  }
  return undefined;
}

/** The size in the header of a file of PAX records; undefined for any other block. */
function paxFileSize(header: Buffer): number | undefined {
  if (header.toString('latin1', 257, 262) !== 'ustar' || header[156] !== 0x78) return undefined;
  const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** `<length> <key>=<value>\n`, as often as it fits. */
function parseRecords(data: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = Number.parseInt(data.toString('latin1', at, space), 10);
    const equals = data.indexOf(0x3d, space);
    if (space < 0 || equals < 0 || !(length > 0) || at + length > data.length) break;
    records.set(data.toString('latin1', space + 1, equals), data.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}
