import { BrokenElf, ByteWindow } from './byte-window.ts';
import type { DynamicSection } from './dynamic-section.ts';
import { readDynamicSection } from './dynamic-section.ts';
import { elfArch } from './elf-arch.ts';
import type { ElfFile, ElfKind, ElfResult, ReadBytes } from './elf-file.ts';
import { readSegments, segmentType, word } from './elf-layout.ts';
import type { ElfLayout, Segment } from './elf-layout.ts';

const fileType = { relocatable: 1, executable: 2, dynamic: 3, core: 4 } as const;

// Program headers, dynamic section, names and versions of the largest browser take under 1 MiB.
const maxReadBytes = 16 * 1024 * 1024;
const maxInterpreterBytes = 4096; // PATH_MAX

/**
 * Reads what an ELF file needs to be started, and only those parts of it. The bytes are nobody's friend: whatever they hold, this
 * ends, reads at most 16 MiB and gives a value. It rejects only when `read` does.
 */
export async function parseElf(read: ReadBytes): Promise<ElfResult> {
  const window = new ByteWindow(read, maxReadBytes);
  if (!(await hasMagic(read))) return { result: 'not-elf' };
  try {
    return { result: 'elf', elf: await parse(window) };
  } catch (error) {
    if (error instanceof BrokenElf) return { result: 'broken', reason: error.message };
    throw error;
  }
}

/** Whether the first bytes of a file are those of an ELF file. */
export function isElfMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Reads from memory. */
export function bytesReader(bytes: Uint8Array): ReadBytes {
  return (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length));
}

async function hasMagic(read: ReadBytes): Promise<boolean> {
  return isElfMagic(await read(0, 4));
}

interface Header {
  readonly layout: ElfLayout;
  readonly osAbi: number;
  readonly type: number;
  readonly machine: number;
  readonly table: { readonly offset: number; readonly entryBytes: number; readonly count: number };
}

async function parse(window: ByteWindow): Promise<ElfFile> {
  const { layout, osAbi, type, machine, table } = await readHeader(window);
  const endian = layout.little ? 'little' : 'big';
  // An object file has no program headers, a core file has those of a process.
  const startable = type === fileType.executable || type === fileType.dynamic;
  const segments = startable ? await readSegments(window, layout, table) : [];
  const interpreter = await readInterpreter(window, segments);
  const dynamic = await readDynamicSection(window, layout, segments);
  return {
    kind: kindOf(type, interpreter, dynamic),
    bits: layout.bits,
    endian,
    machine,
    arch: elfArch(machine, layout.bits, endian),
    osAbi,
    interpreter,
    soname: dynamic.soname,
    needed: dynamic.needed,
    rpath: dynamic.rpath,
    runpath: dynamic.runpath,
    versionNeeds: dynamic.versionNeeds,
    versionDefinitions: dynamic.versionDefinitions,
  };
}

async function readHeader(window: ByteWindow): Promise<Header> {
  const ident = await window.view(0, 16, 'its header');
  const classByte = ident.getUint8(4);
  const dataByte = ident.getUint8(5);
  if (classByte !== 1 && classByte !== 2) throw new BrokenElf(`its class is ${classByte}, neither 32 nor 64 bits`);
  if (dataByte !== 1 && dataByte !== 2) throw new BrokenElf(`its byte order is ${dataByte}, neither little nor big`);
  const wide = classByte === 2;
  const layout: ElfLayout = { bits: wide ? 64 : 32, little: dataByte === 1 };
  const view = await window.view(0, wide ? 64 : 52, 'its header');
  return {
    layout,
    osAbi: ident.getUint8(7),
    type: view.getUint16(16, layout.little),
    machine: view.getUint16(18, layout.little),
    table: {
      offset: word(view, wide ? 32 : 28, layout),
      entryBytes: view.getUint16(wide ? 54 : 42, layout.little),
      count: view.getUint16(wide ? 56 : 44, layout.little),
    },
  };
}

async function readInterpreter(window: ByteWindow, segments: readonly Segment[]): Promise<string | undefined> {
  const segment = segments.find(({ type }) => type === segmentType.interpreter);
  if (segment === undefined) return undefined;
  return window.text(segment.offset, Math.min(segment.fileBytes, maxInterpreterBytes), 'the path of its loader');
}

function kindOf(type: number, interpreter: string | undefined, { soname, pie }: DynamicSection): ElfKind {
  if (type === fileType.executable) return 'executable';
  if (type === fileType.relocatable) return 'relocatable';
  if (type === fileType.core) return 'core';
  if (type !== fileType.dynamic) return 'other';
  if (interpreter === undefined) return pie ? 'static-pie' : 'shared-library';
  // Linkers before binutils 2.26 do not mark programs; a library that can be started (libc.so.6) has a name of its own.
  return pie || soname === undefined ? 'pie' : 'shared-library';
}
