import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { elfArch } from '../elf/elf-arch.ts';
import { readableText } from '../fs/readable-text.ts';

/** Whether programs start on this machine; `unknown` where only trying tells. */
export type Starts = 'yes' | 'no' | 'unknown';

export interface StartsHereOptions {
  /** Go's word for this machine's architecture. */
  readonly host: string;
  /** Where the kernel shows its emulators: https://docs.kernel.org/admin-guide/binfmt-misc.html */
  readonly binfmtDir?: string;
}

/** Whether the kernel starts Linux programs of an architecture, by itself or with an emulator that it knows. */
export function startsHere(arch: string, { host, binfmtDir = '/proc/sys/fs/binfmt_misc' }: StartsHereOptions): Starts {
  if (arch === host) return 'yes';
  // Most of these machines run their predecessor's programs, but not each.
  if (predecessors.get(host) === arch) return 'unknown';
  const status = readableText(join(binfmtDir, 'status'));
  // Not mounted, as in many containers, whose kernel may well have emulators.
  if (status === undefined) return 'unknown';
  return status.startsWith('enabled') && emulated(binfmtDir).has(arch) ? 'yes' : 'no';
}

const predecessors: ReadonlyMap<string, string> = new Map([
  ['amd64', '386'],
  ['arm64', 'arm'],
  ['mips64', 'mips'],
  ['mips64le', 'mipsle'],
]);

function emulated(dir: string): ReadonlySet<string | undefined> {
  // `register`, which is there too, can only be written.
  return new Set(readdirSync(dir).map((name) => archOf(readableText(join(dir, name)) ?? '')));
}

/** The architecture whose ELF header an entry wants, undefined for one that is switched off or for other files. */
function archOf(entry: string): string | undefined {
  const magic = /^enabled\n[\s\S]*^magic (?<bytes>[\da-f]+)$/m.exec(entry)?.groups?.['bytes'];
  const header = Buffer.from(magic ?? '', 'hex');
  if (header.length < 20 || header.toString('latin1', 0, 4) !== '\u007FELF') return undefined;
  const little = header[5] === 1;
  const machine = little ? header.readUInt16LE(18) : header.readUInt16BE(18);
  return elfArch(machine, header[4] === 2 ? 64 : 32, little ? 'little' : 'big');
}
