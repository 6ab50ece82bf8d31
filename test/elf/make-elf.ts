/** Makes small ELF files, so that every class, byte order and table can be tested without a cross compiler. */
export interface ElfParts {
  readonly bits?: 32 | 64;
  readonly little?: boolean;
  readonly type?: number;
  readonly machine?: number;
  readonly osAbi?: number;
  readonly interpreter?: string;
  readonly soname?: string;
  readonly needed?: readonly string[];
  readonly rpath?: string;
  readonly runpath?: string;
  readonly pie?: boolean;
  readonly needs?: readonly NeedParts[];
  readonly defines?: readonly string[];
}

interface NeedParts {
  readonly library: string;
  readonly versions: readonly string[];
  readonly weak?: boolean;
}

const base = 0x10000;
const amd64 = 62;

/** The file that is being made: numbers in its class and byte order, room handed out from the front, one string table. */
class Draft {
  readonly wide: boolean;
  readonly view = new DataView(new ArrayBuffer(64 * 1024));
  readonly #little: boolean;
  readonly headerBytes: number;
  readonly programHeaderBytes: number;
  readonly names: number;
  end: number;
  segments = 1;
  #namesEnd = 1;

  constructor(bits: 32 | 64, little: boolean) {
    this.wide = bits === 64;
    this.#little = little;
    this.headerBytes = this.wide ? 64 : 52;
    this.programHeaderBytes = this.wide ? 56 : 32;
    this.end = this.headerBytes + 3 * this.programHeaderBytes;
    this.names = this.reserve(8192);
  }

  u16(at: number, value: number): void {
    this.view.setUint16(at, value, this.#little);
  }

  u32(at: number, value: number): void {
    this.view.setUint32(at, value, this.#little);
  }

  number(at: number, value: number): void {
    if (this.wide) this.view.setBigUint64(at, BigInt(value), this.#little);
    else this.u32(at, value);
  }

  bytes(at: number, text: string): void {
    Buffer.from(text).forEach((byte, index) => this.view.setUint8(at + index, byte));
  }

  reserve(size: number): number {
    const at = this.end;
    this.end += Math.ceil(size / 8) * 8;
    return at;
  }

  string(text: string): number {
    const at = this.#namesEnd;
    this.bytes(this.names + at, text);
    this.#namesEnd += Buffer.byteLength(text) + 1;
    return at;
  }

  segment(type: number, offset: number, size: number): void {
    const nth = type === 1 ? 0 : this.segments;
    const at = this.headerBytes + nth * this.programHeaderBytes;
    this.u32(at, type);
    this.number(at + (this.wide ? 8 : 4), offset);
    this.number(at + (this.wide ? 16 : 8), base + offset);
    this.number(at + (this.wide ? 32 : 16), size);
    if (type !== 1) this.segments += 1;
  }
}

export function makeElf(parts: ElfParts = {}): Uint8Array {
  const { bits = 64, little = true, interpreter } = parts;
  const draft = new Draft(bits, little);
  if (interpreter !== undefined) {
    const at = draft.reserve(interpreter.length + 1);
    draft.bytes(at, interpreter);
    draft.segment(3, at, interpreter.length + 1);
  }
  writeDynamic(draft, parts);
  draft.segment(1, 0, draft.end);
  writeHeader(draft, parts);
  return new Uint8Array(draft.view.buffer, 0, draft.end);
}

function writeHeader(draft: Draft, { little = true, osAbi = 0, type = 2, machine = amd64 }: ElfParts): void {
  const { wide } = draft;
  draft.bytes(0, '\u007fELF');
  draft.view.setUint8(4, wide ? 2 : 1);
  draft.view.setUint8(5, little ? 1 : 2);
  draft.view.setUint8(6, 1);
  draft.view.setUint8(7, osAbi);
  draft.u16(16, type);
  draft.u16(18, machine);
  draft.number(wide ? 32 : 28, draft.headerBytes);
  draft.u16(wide ? 54 : 42, draft.programHeaderBytes);
  draft.u16(wide ? 56 : 44, draft.segments);
}

function writeDynamic(draft: Draft, parts: ElfParts): void {
  const { needed = [], soname, rpath, runpath, pie, needs, defines } = parts;
  const entries: [number, number][] = needed.map((library) => [1, draft.string(library)]);
  if (soname !== undefined) entries.push([14, draft.string(soname)]);
  if (rpath !== undefined) entries.push([15, draft.string(rpath)]);
  if (runpath !== undefined) entries.push([29, draft.string(runpath)]);
  if (pie === true) entries.push([0x6f_ff_ff_fb, 0x08_00_00_00]);
  if (needs !== undefined)
    entries.push([0x6f_ff_ff_fe, base + writeNeeds(draft, needs)], [0x6f_ff_ff_ff, needs.length]);
  if (defines !== undefined) {
    entries.push([0x6f_ff_ff_fc, base + writeDefinitions(draft, defines)], [0x6f_ff_ff_fd, defines.length + 1]);
  }
  if (entries.length === 0) return;
  entries.push([5, base + draft.names], [0, 0]);
  const entryBytes = draft.wide ? 16 : 8;
  const table = draft.reserve(entries.length * entryBytes);
  entries.forEach(([tag, value], index) => {
    draft.number(table + index * entryBytes, tag);
    draft.number(table + index * entryBytes + entryBytes / 2, value);
  });
  draft.segment(2, table, entries.length * entryBytes);
}

function writeNeeds(draft: Draft, needs: readonly NeedParts[]): number {
  const places = needs.map(({ versions }) => draft.reserve(16 + 16 * versions.length));
  needs.forEach(({ library, versions, weak }, index) => {
    const at = places[index]!;
    draft.u16(at, 1);
    draft.u16(at + 2, versions.length);
    draft.u32(at + 4, draft.string(library));
    draft.u32(at + 8, 16);
    draft.u32(at + 12, index === needs.length - 1 ? 0 : places[index + 1]! - at);
    versions.forEach((version, nth) => {
      const aux = at + 16 + 16 * nth;
      draft.u16(aux + 4, weak === true ? 2 : 0);
      draft.u32(aux + 8, draft.string(version));
      draft.u32(aux + 12, nth === versions.length - 1 ? 0 : 16);
    });
  });
  return places[0]!;
}

function writeDefinitions(draft: Draft, defines: readonly string[]): number {
  const all = ['base.so', ...defines];
  const at = draft.reserve(28 * all.length);
  all.forEach((version, index) => {
    const entry = at + 28 * index;
    draft.u16(entry + 2, index === 0 ? 1 : 0);
    draft.u16(entry + 6, 1);
    draft.u32(entry + 12, 20);
    draft.u32(entry + 16, index === all.length - 1 ? 0 : 28);
    draft.u32(entry + 20, draft.string(version));
  });
  return at;
}
