import { BrokenElf } from './byte-window.ts';
import type { ByteWindow } from './byte-window.ts';

/** How the numbers of one file are written. */
export interface ElfLayout {
  readonly bits: 32 | 64;
  readonly little: boolean;
}

/** A file offset, address or size: 4 or 8 bytes. Larger than what any file has: BrokenElf. */
export function word(view: DataView, offset: number, { bits, little }: ElfLayout): number {
  if (bits === 32) return view.getUint32(offset, little);
  const value = view.getBigUint64(offset, little);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BrokenElf('it holds an impossible offset or size');
  return Number(value);
}

export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
}

export const segmentType = { load: 1, dynamic: 2, interpreter: 3 } as const;

// Linux refuses to start a file whose program headers take more than 64 KiB (fs/binfmt_elf.c, load_elf_phdrs).
const maxHeaderBytes = 65_536;

/** The program headers of the three types that matter for starting it. */
export async function readSegments(
  window: ByteWindow,
  layout: ElfLayout,
  table: { readonly offset: number; readonly entryBytes: number; readonly count: number },
): Promise<Segment[]> {
  if (table.count === 0) return [];
  const wide = layout.bits === 64;
  if (table.entryBytes !== (wide ? 56 : 32))
    throw new BrokenElf(`its program headers are ${table.entryBytes} bytes long`);
  const totalBytes = table.entryBytes * table.count;
  if (totalBytes > maxHeaderBytes) throw new BrokenElf(`it has ${table.count} program headers, more than Linux takes`);
  const view = await window.view(table.offset, totalBytes, 'the table of program headers');
  const segments: Segment[] = [];
  for (let at = 0; at < totalBytes; at += table.entryBytes) {
    const type = view.getUint32(at, layout.little);
    if (type < segmentType.load || type > segmentType.interpreter) continue;
    segments.push({
      type,
      offset: word(view, at + (wide ? 8 : 4), layout),
      address: word(view, at + (wide ? 16 : 8), layout),
      fileBytes: word(view, at + (wide ? 32 : 16), layout),
    });
  }
  return segments;
}

/** Where in the file the byte is that the loader finds at an address. */
export function fileOffset(segments: readonly Segment[], address: number, what: string): number {
  const segment = segments.find(
    ({ type, address: start, fileBytes }) =>
      type === segmentType.load && address >= start && address < start + fileBytes,
  );
  if (segment === undefined) throw new BrokenElf(`${what} is in no segment of the file`);
  return segment.offset + (address - segment.address);
}
