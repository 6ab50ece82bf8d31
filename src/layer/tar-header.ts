import { posix } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { pathBytes, showPath } from '../fs/byte-path.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';

/**
 * Header blocks with the bytes that Go's `archive/tar` writes when no format is asked for: USTAR where everything fits, else PAX. The
 * reference lifecycle writes its layers with it, so equal bytes mean equal diff ids.
 * Format: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */

export const blockBytes = 512;

/** 1980-01-01T00:00:01Z: the time of every entry that the reference lifecycle writes. */
export const normalizedMtimeSeconds = 315_532_801;

const nameBytes = 100;
const prefixBytes = 155;

const typeFlags: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/** Zero bytes after content of this size, up to the next block. */
export function paddingOf(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** Two blocks of zeros: the end of an archive. */
export const endOfArchive: Uint8Array = new Uint8Array(2 * blockBytes);

/** The header of an entry: one block, or three and more where PAX records are needed. Throws EXPORT_FAILED for what no header can hold. */
export function tarHeader(entry: TarEntry): Buffer {
  const name = byteString(entry.path);
  const link = entry.linkTarget === undefined ? '' : byteString(entry.linkTarget);
  assertRepresentable(entry, name);
  const records = paxRecords(entry, name, link);
  const split = splitName(name);
  // A long name that can be split needs no record by itself, but is recorded when anything else is.
  const needsPax = records.size > (records.has('path') && split !== undefined ? 1 : 0);
  if (!needsPax) return mainHeader(entry, { name: split?.name ?? name, prefix: split?.prefix ?? '', link });
  return Buffer.concat([
    paxFile(name, records),
    mainHeader(entry, { name: toAscii(name), prefix: '', link: toAscii(link) }),
  ]);
}

/** Bytes as a string of the same length: Latin-1 maps each byte to one character. */
function byteString(path: BytePath): string {
  return typeof path === 'string' && isAscii(path) ? path : pathBytes(path).toString('latin1');
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[^\u0001-\u007f]/.test(text);
}

function toAscii(bytes: string): string {
  // oxlint-disable-next-line no-control-regex
  return isAscii(bytes) ? bytes : bytes.replaceAll(/[^\u0001-\u007f]/g, '');
}

function assertRepresentable(entry: TarEntry, name: string): void {
  const fail = (why: string): never => {
    throw new TsbuildpackError('EXPORT_FAILED', `Cannot put "${showPath(entry.path)}" into an archive: ${why}`);
  };
  if (name.includes('\0')) fail('its name holds a zero byte');
  if (entry.type === 'file' && name.endsWith('/')) fail('the name of a file may not end in a slash');
  if (!fitsOctal(entry.mode, 8)) fail(`its mode ${entry.mode} does not fit`);
  if (!fitsOctal(entry.deviceMajor ?? 0, 8) || !fitsOctal(entry.deviceMinor ?? 0, 8))
    fail('its device number does not fit');
}

/** What does not fit into the main header, in the order of the keys. */
function paxRecords(entry: TarEntry, name: string, link: string): ReadonlyMap<string, string> {
  const mtime = entry.mtimeSeconds ?? normalizedMtimeSeconds;
  const records = new Map<string, string>();
  if (!fitsOctal(entry.gid, 8)) records.set('gid', String(entry.gid));
  if (!isAscii(link) || link.length > nameBytes) records.set('linkpath', link);
  if (!fitsOctal(mtime, 12)) records.set('mtime', String(mtime));
  if (!isAscii(name) || name.length > nameBytes) records.set('path', name);
  if (!fitsOctal(entry.sizeBytes, 12)) records.set('size', String(entry.sizeBytes));
  if (!fitsOctal(entry.uid, 8)) records.set('uid', String(entry.uid));
  return records;
}

/** A field of n bytes holds n-1 octal digits and a NUL. */
function fitsOctal(value: number, fieldBytes: number): boolean {
  return value >= 0 && value < 8 ** (fieldBytes - 1);
}

/** USTAR holds a long name in two fields, cut at the last slash that leaves a prefix of at most 155 bytes. */
function splitName(name: string): { readonly prefix: string; readonly name: string } | undefined {
  if (name.length <= nameBytes || !isAscii(name)) return undefined;
  const from = name.length > prefixBytes + 1 ? prefixBytes : name.length - (name.endsWith('/') ? 2 : 1);
  const cut = name.lastIndexOf('/', from);
  const restBytes = name.length - cut - 1;
  if (cut <= 0 || restBytes === 0 || restBytes > nameBytes) return undefined;
  return { prefix: name.slice(0, cut), name: name.slice(cut + 1) };
}

interface Names {
  readonly name: string;
  readonly prefix: string;
  readonly link: string;
}

function mainHeader(entry: TarEntry, { name, prefix, link }: Names): Buffer {
  const block = Buffer.alloc(blockBytes);
  putName(block, name, 0);
  putOctal(block, entry.mode, { at: 100, bytes: 8 });
  putOctal(block, entry.uid, { at: 108, bytes: 8 });
  putOctal(block, entry.gid, { at: 116, bytes: 8 });
  putOctal(block, entry.sizeBytes, { at: 124, bytes: 12 });
  putOctal(block, entry.mtimeSeconds ?? normalizedMtimeSeconds, { at: 136, bytes: 12 });
  block.write(typeFlags[entry.type], 156, 'latin1');
  putName(block, link, 157);
  putOctal(block, entry.deviceMajor ?? 0, { at: 329, bytes: 8 });
  putOctal(block, entry.deviceMinor ?? 0, { at: 337, bytes: 8 });
  block.write(prefix, 345, prefixBytes, 'latin1');
  return seal(block);
}

function paxFile(name: string, records: ReadonlyMap<string, string>): Buffer {
  const data = [...records].map(([key, value]) => paxRecord(key, value)).join('');
  const header = Buffer.alloc(blockBytes);
  const slash = name.lastIndexOf('/') + 1;
  const paxName = toAscii(posix.join(name.slice(0, slash), 'PaxHeaders.0', name.slice(slash)));
  header.write(paxName.slice(0, nameBytes).replace(/\/+$/, ''), 0, 'latin1');
  for (const at of [100, 108, 116]) putOctal(header, 0, { at, bytes: 8 });
  putOctal(header, data.length, { at: 124, bytes: 12 });
  putOctal(header, 0, { at: 136, bytes: 12 });
  header.write('x', 156, 'latin1');
  return Buffer.concat([seal(header), Buffer.from(data, 'latin1'), Buffer.alloc(paddingOf(data.length))]);
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + String(rest.length).length;
  length = rest.length + String(length).length;
  return `${length}${rest}`;
}

function putName(block: Buffer, name: string, at: number): void {
  block.write(name, at, nameBytes, 'latin1');
  // A cut that ends in a slash would make old readers take a file for a directory.
  if (name.length > nameBytes && name[nameBytes - 1] === '/') {
    block[at + name.slice(0, nameBytes - 1).replace(/\/+$/, '').length] = 0;
  }
}

/** Digits and a NUL; zero for what does not fit, which a PAX record then holds. */
function putOctal(block: Buffer, value: number, { at, bytes }: { readonly at: number; readonly bytes: number }): void {
  let rest = fitsOctal(value, bytes) ? value : 0;
  for (let index = at + bytes - 2; index >= at; index -= 1) {
    block[index] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** Writes magic, version and checksum: six octal digits, NUL, space. */
function seal(block: Buffer): Buffer {
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(0x20, 148, 156);
  let sum = 0;
  // By index: an iterator takes four times as long, and this is done for every entry.
  for (let at = 0; at < block.length; at += 1) sum += block[at] ?? 0;
  putOctal(block, sum, { at: 148, bytes: 7 });
  block[154] = 0;
  return block;
}
