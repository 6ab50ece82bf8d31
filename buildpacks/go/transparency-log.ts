import { createHash } from 'node:crypto';

/** A tree head that somebody signed. https://www.rfc-editor.org/rfc/rfc6962#section-2.1 */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** A row of hashes: `tile/8/L/N`, of which `width` of 256 exist. https://go.dev/ref/mod#checksum-database */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

export type ReadTile = (tile: Tile) => Promise<Buffer>;

const tileHeight = 8;
const tileWidth = 2 ** tileHeight;
const hashBytes = 32;

/** The path of a tile: numbers in groups of three digits, all but the last with an x before them. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${tileHeight}/${level}/${path}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The tree head in the text of a signed note; undefined when it is no such text. */
export function parseTreeHead(text: string): TreeHead | undefined {
  const [title, size = '', root = ''] = text.split('\n');
  const bytes = Buffer.from(root, 'base64');
  if (title !== 'go.sum database tree' || !/^\d{1,15}$/.test(size) || bytes.length !== hashBytes) return undefined;
  return { size: Number(size), root: bytes };
}

export function leafHash(record: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(record).digest();
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

/**
 * Whether the record with a number is in the tree: the root is computed from it and the hashes beside its way up, and equals the
 * signed one. What a tile holds needs no trust: a wrong hash gives another root.
 */
export async function provesInclusion(
  { number, leaf }: { readonly number: number; readonly leaf: Buffer },
  head: TreeHead,
  readTile: ReadTile,
): Promise<boolean> {
  if (!Number.isSafeInteger(number) || number < 0 || number >= head.size) return false;
  const hashes = new TileHashes(head.size, readTile);
  const root = await rootThrough({ low: 0, high: head.size }, { number, leaf }, hashes);
  return root.equals(head.root);
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** The hash of the records from low to high, the wanted one taken from the caller, everything beside it from the tiles. */
async function rootThrough(
  { low, high }: Range,
  wanted: { readonly number: number; readonly leaf: Buffer },
  hashes: TileHashes,
): Promise<Buffer> {
  if (high - low === 1) return wanted.leaf;
  const middle = low + largestPowerBelow(high - low);
  if (wanted.number < middle) {
    return nodeHash(
      await rootThrough({ low, high: middle }, wanted, hashes),
      await hashes.ofRange({ low: middle, high }),
    );
  }
  return nodeHash(
    await hashes.ofRange({ low, high: middle }),
    await rootThrough({ low: middle, high }, wanted, hashes),
  );
}

function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** Hashes of subtrees, from tiles that are read once. */
class TileHashes {
  readonly #size: number;
  readonly #readTile: ReadTile;
  readonly #tiles = new Map<string, Promise<Buffer>>();

  constructor(size: number, readTile: ReadTile) {
    this.#size = size;
    this.#readTile = readTile;
  }

  async ofRange({ low, high }: Range): Promise<Buffer> {
    const size = high - low;
    const power = largestPowerBelow(size + 1);
    if (power === size) return this.#ofSubtree(Math.log2(size), low / size);
    return nodeHash(await this.ofRange({ low, high: low + power }), await this.ofRange({ low: low + power, high }));
  }

  /** The complete subtree of 2^level records with a number: stored when its level is a tile's lowest, else computed in the tile. */
  async #ofSubtree(level: number, index: number): Promise<Buffer> {
    const tileLevel = Math.floor(level / tileHeight);
    const first = index * 2 ** (level - tileLevel * tileHeight);
    const count = 2 ** (level - tileLevel * tileHeight);
    const tile = await this.#tile(tileLevel, Math.floor(first / tileWidth));
    return foldHashes(tile, first % tileWidth, count);
  }

  #tile(level: number, index: number): Promise<Buffer> {
    const rows = Math.floor(this.#size / 2 ** (tileHeight * level));
    const tile = { level, index, width: Math.min(tileWidth, rows - index * tileWidth) };
    const path = tilePath(tile);
    const known = this.#tiles.get(path) ?? this.#readTile(tile);
    this.#tiles.set(path, known);
    return known;
  }
}

function foldHashes(tile: Buffer, first: number, count: number): Buffer {
  if (count === 1) return tile.subarray(first * hashBytes, (first + 1) * hashBytes);
  const half = count / 2;
  return nodeHash(foldHashes(tile, first, half), foldHashes(tile, first + half, half));
}
