import { TsbuildpackError } from '../errors.ts';
import type { BytePath } from '../fs/byte-path.ts';
import { showPath } from '../fs/byte-path.ts';
import type { FileStamp } from '../fs/file-stamp.ts';
import type { TarEntry } from './tar-entry.ts';
import { endOfArchive, paddingOf, tarHeader } from './tar-header.ts';

/**
 * An archive is made in blocks of at most this many bytes. Each becomes a gzip member of its own, so where blocks are cut decides the
 * compressed bytes: a change here needs a new compressor id.
 */
export const maxBlockBytes: number = 1 << 20;

/**
 * A recipe for a run of archive bytes, as plain data for a worker thread: for each file the inline bytes in front of it (headers), a
 * piece of the file and zeros; then the rest of the inline bytes.
 */
export interface Block {
  readonly inline: Uint8Array;
  readonly files: readonly (BytePath | Uint8Array)[];
  /** `numbersPerFile` for each file, in the order of `filePiece()`. */
  readonly numbers: Float64Array;
  readonly bytes: number;
}

const numbersPerFile = 9;

export interface FilePiece {
  readonly inlineBytes: number;
  readonly offset: number;
  readonly bytes: number;
  readonly paddingBytes: number;
  readonly stamp: FileStamp;
}

/** What to put in for the file at `index`. */
export function filePiece(block: Block, index: number): FilePiece {
  const [
    inlineBytes = 0,
    offset = 0,
    bytes = 0,
    paddingBytes = 0,
    sizeBytes = 0,
    mtimeMs = 0,
    ctimeMs = 0,
    inode = 0,
    device = 0,
  ] = block.numbers.subarray(index * numbersPerFile, (index + 1) * numbersPerFile);
  return { inlineBytes, offset, bytes, paddingBytes, stamp: { sizeBytes, mtimeMs, ctimeMs, inode, device } };
}

/**
 * Cuts the archive of these entries into blocks, greedily: an entry that does not fit into the rest of a block begins the next one, and
 * only what is larger than a block is spread over several.
 */
export function* cutBlocks(entries: Iterable<TarEntry>): Generator<Block> {
  const builder = new BlockBuilder();
  for (const entry of entries) {
    assertContent(entry);
    const header = tarHeader(entry);
    const total = header.length + entry.sizeBytes + paddingOf(entry.sizeBytes);
    if (total > builder.room && !builder.isEmpty) yield builder.take();
    builder.addInline(header);
    yield* addContent(builder, entry);
  }
  if (endOfArchive.length > builder.room) yield builder.take();
  builder.addInline(endOfArchive);
  yield builder.take();
}

/** A size that the content does not have would shift every entry behind it. */
function assertContent({ path, sizeBytes, source }: TarEntry): void {
  const given = source === undefined ? 0 : source.kind === 'content' ? source.bytes.length : source.stamp.sizeBytes;
  if (given === sizeBytes) return;
  throw new TsbuildpackError(
    'INTERNAL',
    `Cannot archive "${showPath(path)}": it has ${given} bytes, its entry says ${sizeBytes}`,
  );
}

function* addContent(builder: BlockBuilder, { source, sizeBytes }: TarEntry): Generator<Block> {
  if (source === undefined || sizeBytes === 0) return;
  for (let offset = 0; offset < sizeBytes;) {
    if (builder.room === 0) yield builder.take();
    const bytes = Math.min(builder.room, sizeBytes - offset);
    if (source.kind === 'content') builder.addInline(source.bytes.subarray(offset, offset + bytes));
    else builder.addFile(source.path, { offset, bytes, stamp: source.stamp });
    offset += bytes;
  }
  builder.addZeros(paddingOf(sizeBytes));
}

class BlockBuilder {
  #inline: Uint8Array[] = [];
  #files: BytePath[] = [];
  #numbers: number[] = [];
  #inlineBytes = 0;
  #bytes = 0;

  get room(): number {
    return maxBlockBytes - this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  addInline(bytes: Uint8Array): void {
    this.#inline.push(bytes);
    this.#inlineBytes += bytes.length;
    this.#bytes += bytes.length;
  }

  addFile(path: BytePath, piece: Pick<FilePiece, 'offset' | 'bytes' | 'stamp'>): void {
    const { offset, bytes, stamp } = piece;
    this.#files.push(path);
    const { sizeBytes, mtimeMs, ctimeMs, inode, device } = stamp;
    this.#numbers.push(this.#inlineBytes, offset, bytes, 0, sizeBytes, mtimeMs, ctimeMs, inode, device);
    this.#inlineBytes = 0;
    this.#bytes += bytes;
  }

  addZeros(count: number): void {
    const last = this.#numbers.length - numbersPerFile + 3;
    if (this.#inlineBytes > 0 || last < 0) return this.addInline(new Uint8Array(count));
    this.#numbers[last] = count;
    this.#bytes += count;
  }

  take(): Block {
    const block: Block = {
      inline: Buffer.concat(this.#inline),
      files: this.#files,
      numbers: Float64Array.from(this.#numbers),
      bytes: this.#bytes,
    };
    this.#inline = [];
    this.#files = [];
    this.#numbers = [];
    this.#inlineBytes = 0;
    this.#bytes = 0;
    return block;
  }
}
