import { StringDecoder } from 'node:string_decoder';

/** A line that never ends is passed on in pieces of this size. */
const maxLineLength = 1 << 20;

/** Cuts a stream of bytes into lines and keeps its last bytes. */
export class LineCollector {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxBytes: number;
  readonly #onLine: ((line: string) => void) | undefined;
  #pending = '';
  #chunks: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(maxBytes: number, onLine?: (line: string) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    this.#keep(chunk);
    if (this.#onLine === undefined) return;
    const lines = (this.#pending + this.#decoder.write(chunk)).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#onLine(withoutReturn(line));
    if (this.#pending.length > maxLineLength) {
      this.#onLine(this.#pending);
      this.#pending = '';
    }
  }

  /** Passes on a last line that has no newline. */
  end(): void {
    const rest = this.#pending + this.#decoder.end();
    this.#pending = '';
    if (rest !== '') this.#onLine?.(withoutReturn(rest));
  }

  text(): string {
    const all = Buffer.concat(this.#chunks);
    return all.subarray(Math.max(0, all.length - this.#maxBytes)).toString('utf8');
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#maxBytes) return;
    this.truncated = true;
    let first = this.#chunks[0];
    while (first !== undefined && this.#bytes - first.length >= this.#maxBytes) {
      this.#chunks.shift();
      this.#bytes -= first.length;
      first = this.#chunks[0];
    }
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
