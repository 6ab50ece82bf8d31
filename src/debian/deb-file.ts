import { createReadStream } from 'node:fs';
import { TsbuildpackError } from '../errors.ts';
import { showPath } from '../fs/byte-path.ts';
import { decompressed } from '../layer/decompress.ts';
import type { ReadEntry } from '../layer/read-tar.ts';
import { readTar } from '../layer/read-tar.ts';
import type { ArMember } from './ar-archive.ts';
import { arMembers } from './ar-archive.ts';
import { decompressedXz } from './xz.ts';

/** A binary package: https://manpages.debian.org/deb */
export interface DebFile {
  /** The control file and what stands beside it (`postinst`, `md5sums`, …), by name. */
  readonly control: ReadonlyMap<string, Buffer>;
  /** What is to be installed, one by one; everything in it is to be distrusted. */
  readonly data: () => AsyncGenerator<ReadEntry>;
}

/** Control files are a few kilobytes, lists of sums a few hundred. */
const maxControlBytes = 32 << 20;

/** Throws ARCHIVE_INVALID; `what` is the package, for messages. */
export async function openDeb(path: string, what: string): Promise<DebFile> {
  const members = await arMembers(path, what);
  const [version, control, ...others] = members;
  // Names that begin with an underscore are for others.
  const data = others.find(({ name }) => !name.startsWith('_'));
  if (version?.name !== 'debian-binary' || control === undefined || data === undefined) {
    throw invalid(what, 'it is no Debian package: debian-binary, control.tar and data.tar have to be in it');
  }
  await checkFormat(path, version, what);
  const tar = (member: ArMember, name: string): AsyncGenerator<ReadEntry> =>
    readTar(bytesOf(path, member, { name, what }));
  return {
    control: await readControl(tar(control, 'control.tar'), what),
    data: () => tar(data, 'data.tar'),
  };
}

async function checkFormat(path: string, { offset, sizeBytes }: ArMember, what: string): Promise<void> {
  let text = '';
  const end = offset + Math.min(sizeBytes, 16) - 1;
  for await (const chunk of createReadStream(path, { start: offset, end, encoding: 'latin1' })) text += String(chunk);
  if (!text.startsWith('2.')) throw invalid(what, `its format is "${text.trim()}", not 2`);
}

function bytesOf(
  path: string,
  { name, offset, sizeBytes }: ArMember,
  wanted: { readonly name: string; readonly what: string },
): AsyncIterable<Buffer> {
  const compression = name.startsWith(wanted.name) ? name.slice(wanted.name.length) : undefined;
  if (sizeBytes === 0) throw invalid(wanted.what, `${name} is empty`);
  const source = createReadStream(path, { start: offset, end: offset + sizeBytes - 1, highWaterMark: 1 << 18 });
  if (compression === '.xz') return decompressedXz(source);
  if (compression === '' || compression === '.gz' || compression === '.zst') return decompressed(source);
  source.destroy();
  throw invalid(wanted.what, `"${name}" is not ${wanted.name} in a compression that is supported (xz, gz, zst)`);
}

async function readControl(entries: AsyncGenerator<ReadEntry>, what: string): Promise<ReadonlyMap<string, Buffer>> {
  const control = new Map<string, Buffer>();
  let bytes = 0;
  for await (const entry of entries) {
    const name = showPath(entry.path).replace(/^\.\//, '');
    if (entry.type !== 'file' || name.includes('/')) continue;
    bytes += entry.sizeBytes;
    if (bytes > maxControlBytes) throw invalid(what, `its control files have more than ${maxControlBytes} bytes`);
    const chunks: Buffer[] = [];
    for await (const chunk of entry.content) chunks.push(chunk);
    control.set(name, Buffer.concat(chunks));
  }
  if (!control.has('control')) throw invalid(what, 'it has no control file');
  return control;
}

function invalid(what: string, why: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read ${what}: ${why}`);
}
