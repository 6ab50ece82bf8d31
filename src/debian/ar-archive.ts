import { open } from 'node:fs/promises';
import { TsbuildpackError } from '../errors.ts';

/** A member of an ar archive, and where in the file its content is. */
export interface ArMember {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

const magic = '!<arch>\n';
const headerBytes = 60;
/** deb(5) wants three; whatever a tool adds is a handful. */
const maxMembers = 32;

/** The members of an archive in the form of deb(5): short names, padded with blanks. Throws ARCHIVE_INVALID. */
export async function arMembers(path: string, what: string): Promise<readonly ArMember[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (offset: number, length: number): Promise<string> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.toString('latin1', 0, bytesRead);
    };
    if ((await read(0, magic.length)) !== magic) throw invalid(what, 'it is no ar archive');
    const members: ArMember[] = [];
    for (let at = magic.length; at < size;) {
      // oxlint-disable-next-line no-await-in-loop -- where the next one begins is in this one
      const member = parseHeader(await read(at, headerBytes), at, what);
      const end = member.offset + member.sizeBytes;
      if (end > size) throw invalid(what, `${member.name} is cut short`);
      members.push(member);
      if (members.length > maxMembers) throw invalid(what, `it has more than ${maxMembers} members`);
      at = end + (end % 2);
    }
    return members;
  } finally {
    await file.close();
  }
}

/** Name, times and owner, mode, size and an end mark in columns of fixed width. */
function parseHeader(header: string, at: number, what: string): ArMember {
  // GNU's ar ends names with a slash.
  const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
  const size = header.slice(48, 58).trimEnd();
  if (header.slice(58) !== '`\n' || !/^\d{1,10}$/.test(size) || !/^[^/\s\0]+$/.test(name)) {
    throw invalid(what, 'one of its members has no proper header');
  }
  return { name, offset: at + headerBytes, sizeBytes: Number(size) };
}

function invalid(what: string, why: string): TsbuildpackError {
  return new TsbuildpackError('ARCHIVE_INVALID', `Cannot read ${what}: ${why}`);
}
