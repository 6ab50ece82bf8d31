/** The last bytes of a stream that passed by. */
export class RecentBytes {
  readonly #keepBytes: number;
  #chunks: Buffer[] = [];
  #start = 0;
  #end = 0;

  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#end += chunk.length;
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#end - this.#start - first.length < this.#keepBytes) return;
      this.#chunks.shift();
      this.#start += first.length;
    }
  }

  /** The bytes between two positions in the stream; undefined when they are no longer there. */
  slice(from: number, to: number): Buffer | undefined {
    if (from < this.#start || to > this.#end) return undefined;
    return Buffer.concat(this.#chunks).subarray(from - this.#start, to - this.#start);
  }
}
