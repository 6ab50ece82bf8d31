import { BrokenElf } from './byte-window.ts';
import type { ByteWindow } from './byte-window.ts';
import type { VersionNeed } from './elf-file.ts';
import type { ElfLayout, Segment } from './elf-layout.ts';
import { fileOffset, segmentType, word } from './elf-layout.ts';

export interface DynamicSection {
  readonly soname: string | undefined;
  readonly needed: readonly string[];
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  readonly versionNeeds: readonly VersionNeed[];
  readonly versionDefinitions: readonly string[];
  /** DF_1_PIE: a program, not a library. */
  readonly pie: boolean;
}

const tag = {
  end: 0,
  needed: 1,
  stringTable: 5,
  soname: 14,
  rpath: 15,
  runpath: 29,
  flags1: 0x6f_ff_ff_fb,
  versionDefinitions: 0x6f_ff_ff_fc,
  versionDefinitionCount: 0x6f_ff_ff_fd,
  versionNeeds: 0x6f_ff_ff_fe,
  versionNeedCount: 0x6f_ff_ff_ff,
} as const;

const flag1Pie = 0x08_00_00_00;
const definitionIsBase = 1;
const needIsWeak = 2;

// Far above what linkers write (a browser needs some 60 libraries and 100 versions), low enough that a hostile file costs nothing.
const maxEntries = 8192;
const maxNameBytes = 4096;

interface Place {
  readonly window: ByteWindow;
  readonly layout: ElfLayout;
  readonly segments: readonly Segment[];
  /** Offset of the string table in the file. */
  readonly strings: number;
}

const none: DynamicSection = {
  soname: undefined,
  needed: [],
  rpath: [],
  runpath: [],
  versionNeeds: [],
  versionDefinitions: [],
  pie: false,
};

/** What the loader reads to find libraries and check versions; all empty when the file has no such segment. */
export async function readDynamicSection(
  window: ByteWindow,
  layout: ElfLayout,
  segments: readonly Segment[],
): Promise<DynamicSection> {
  const segment = segments.find(({ type }) => type === segmentType.dynamic);
  if (segment === undefined) return none;
  const entries = await readEntries(window, layout, segment);
  const first = (wanted: number): number | undefined => entries.find(([type]) => type === wanted)?.[1];
  const table = first(tag.stringTable);
  const strings = table === undefined ? undefined : fileOffset(segments, table, 'its string table');
  const place = { window, layout, segments, strings: strings ?? 0 };
  const names = async (wanted: number): Promise<string[]> => {
    const offsets = entries.filter(([type]) => type === wanted).map(([, value]) => value);
    if (offsets.length > 0 && strings === undefined) throw new BrokenElf('it names libraries and has no string table');
    return inOrder(offsets, (offset) => name(place, offset));
  };
  const needs = first(tag.versionNeeds);
  const definitions = first(tag.versionDefinitions);
  return {
    soname: (await names(tag.soname))[0],
    needed: await names(tag.needed),
    rpath: splitPaths(await names(tag.rpath)),
    runpath: splitPaths(await names(tag.runpath)),
    versionNeeds: needs === undefined ? [] : await readNeeds(place, needs, first(tag.versionNeedCount) ?? 0),
    versionDefinitions:
      definitions === undefined
        ? []
        : await readDefinitions(place, definitions, first(tag.versionDefinitionCount) ?? 0),
    // Bit operators are safe: flags are 32 bits in either class.
    pie: ((first(tag.flags1) ?? 0) & flag1Pie) >>> 0 !== 0,
  };
}

async function readEntries(window: ByteWindow, layout: ElfLayout, segment: Segment): Promise<[number, number][]> {
  const entryBytes = layout.bits === 64 ? 16 : 8;
  const entries: [number, number][] = [];
  const limit = Math.floor(segment.fileBytes / entryBytes);
  for (let index = 0; index < limit; index += 1) {
    if (index >= maxEntries) throw new BrokenElf('its dynamic section has too many entries');
    const view = await window.view(segment.offset + index * entryBytes, entryBytes, 'its dynamic section');
    const type = dynamicTag(view, layout);
    if (type === tag.end) break;
    // Values of tags that are not read here may be anything, negative numbers included.
    if (readTags.has(type)) entries.push([type, word(view, entryBytes / 2, layout)]);
  }
  return entries;
}

const readTags: ReadonlySet<number> = new Set(Object.values(tag));

/** d_tag is signed and may be anything for a processor's own tags. */
function dynamicTag(view: DataView, layout: ElfLayout): number {
  return layout.bits === 64 ? Number(view.getBigInt64(0, layout.little)) : view.getInt32(0, layout.little);
}

function name({ window, strings }: Place, offset: number): Promise<string> {
  return window.text(strings + offset, maxNameBytes, 'a name in its string table');
}

function splitPaths(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(':')).filter((path) => path !== '');
}

/** Elf_Verneed and Elf_Vernaux: the same in both classes. */
async function readNeeds(place: Place, address: number, count: number): Promise<VersionNeed[]> {
  const { layout } = place;
  const needs: VersionNeed[] = [];
  const start = fileOffset(place.segments, address, 'its table of needed versions');
  for await (const { view, at } of chain(place, start, { count, entryBytes: 16, nextAt: 12 })) {
    const library = await name(place, view.getUint32(4, layout.little));
    const first = at + view.getUint32(8, layout.little);
    for await (const { view: aux } of chain(place, first, {
      count: view.getUint16(2, layout.little),
      entryBytes: 16,
      nextAt: 12,
    })) {
      if (needs.length >= maxEntries) throw new BrokenElf('it needs too many versions');
      const version = await name(place, aux.getUint32(8, layout.little));
      needs.push({ library, version, weak: (aux.getUint16(4, layout.little) & needIsWeak) !== 0 });
    }
  }
  return needs;
}

/** Elf_Verdef and the first Elf_Verdaux of each: the name; what follows are its parents. */
async function readDefinitions(place: Place, address: number, count: number): Promise<string[]> {
  const { window, layout } = place;
  const names: string[] = [];
  const start = fileOffset(place.segments, address, 'its table of defined versions');
  for await (const { view, at } of chain(place, start, { count, entryBytes: 20, nextAt: 16 })) {
    if ((view.getUint16(2, layout.little) & definitionIsBase) !== 0) continue;
    const aux = await window.view(at + view.getUint32(12, layout.little), 8, 'a defined version');
    names.push(await name(place, aux.getUint32(0, layout.little)));
  }
  return names;
}

/** Records that point to the next one by a distance; a distance of 0 ends them, and so does `count`: never a loop. */
async function* chain(
  { window, layout }: Place,
  start: number,
  { count, entryBytes, nextAt }: { readonly count: number; readonly entryBytes: number; readonly nextAt: number },
): AsyncGenerator<{ readonly view: DataView; readonly at: number }> {
  if (count > maxEntries) throw new BrokenElf('its table of versions has too many entries');
  let at = start;
  for (let index = 0; index < count; index += 1) {
    const view = await window.view(at, entryBytes, 'its table of versions');
    yield { view, at };
    const distance = view.getUint32(nextAt, layout.little);
    if (distance === 0) return;
    at += distance;
  }
}

async function inOrder<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await map(item));
  return results;
}
