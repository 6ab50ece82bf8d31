import type { Report } from '../events.ts';

const intervalMs = 200;

/** Reports how far a layer is, a few times a second; a layer that is made sooner is not mentioned. */
export class LayerProgress {
  readonly #name: string;
  readonly #report: Report;
  #last = performance.now();
  #started = false;

  constructor(name: string, report: Report) {
    this.#name = name;
    this.#report = report;
  }

  at(bytes: number): void {
    const now = performance.now();
    if (now - this.#last < intervalMs) return;
    this.#last = now;
    this.#started = true;
    this.#emit(bytes, false);
  }

  end(bytes: number): void {
    if (this.#started) this.#emit(bytes, true);
  }

  #emit(bytes: number, done: boolean): void {
    this.#report({ type: 'progress', id: `layer:${this.#name}`, label: `Packing ${this.#name}`, bytes, done });
  }
}
