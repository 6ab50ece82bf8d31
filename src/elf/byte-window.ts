import type { ReadBytes } from './elf-file.ts';

/** The file is not what its header promises; never leaves this folder as an exception. */
export class BrokenElf extends Error {}

const blockBytes = 16 * 1024;

/**
 * Numbers and strings of an untrusted file, read in blocks that are kept. What is read in total is limited: a hostile file costs no
 * more than a large honest one.
 */
export class ByteWindow {
  readonly #read: ReadBytes;
  readonly #maxBytes: number;
  readonly #blocks = new Map<number, Uint8Array>();
  #readBytes = 0;

  constructor(read: ReadBytes, maxBytes: number) {
    this.#read = read;
    this.#maxBytes = maxBytes;
  }

  /** Exactly `length` bytes, or BrokenElf naming `what`. */
  async view(offset: number, length: number, what: string): Promise<DataView> {
    if (!Number.isSafeInteger(offset + length) || offset < 0) throw new BrokenElf(`${what} is outside of the file`);
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = offset + done;
      const block = await this.#block(Math.floor(at / blockBytes));
      const part = block.subarray(at % blockBytes, Math.min(block.length, (at % blockBytes) + length - done));
      if (part.length === 0) throw new BrokenElf(`${what} ends behind the end of the file`);
      bytes.set(part, done);
      done += part.length;
    }
    return new DataView(bytes.buffer);
  }

  /** A NUL-terminated string of at most `maxLength` bytes, or BrokenElf. Bytes that are no UTF-8 become U+FFFD. */
  async text(offset: number, maxLength: number, what: string): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < maxLength) {
      const at = offset + length;
      if (!Number.isSafeInteger(at) || at < 0) throw new BrokenElf(`${what} is outside of the file`);
      const block = await this.#block(Math.floor(at / blockBytes));
      const rest = block.subarray(at % blockBytes, Math.min(block.length, (at % blockBytes) + maxLength - length));
      if (rest.length === 0) break;
      const end = rest.indexOf(0);
      parts.push(end === -1 ? rest : rest.subarray(0, end));
      if (end !== -1) return Buffer.concat(parts).toString('utf8');
      length += rest.length;
    }
    throw new BrokenElf(`${what} has no end`);
  }

  async #block(index: number): Promise<Uint8Array> {
    const known = this.#blocks.get(index);
    if (known !== undefined) return known;
    if (this.#readBytes + blockBytes > this.#maxBytes)
      throw new BrokenElf('it spreads what the loader needs over too many places');
    this.#readBytes += blockBytes;
    const block = await this.#read(index * blockBytes, blockBytes);
    this.#blocks.set(index, block);
    return block;
  }
}
