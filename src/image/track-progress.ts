import type { Readable } from 'node:stream';
import { pipeline, Transform } from 'node:stream';
import type { Report } from '../events.ts';

export interface ProgressOptions {
  readonly id: string;
  readonly label: string;
  readonly totalBytes: number;
  readonly report: Report;
}

const intervalMs = 200;

/** The same bytes; says a few times a second how far they are. What is done sooner is not mentioned. */
export function trackProgress(source: Readable, { id, label, totalBytes, report }: ProgressOptions): Readable {
  let bytes = 0;
  let last = performance.now();
  let mentioned = false;
  const emit = (done: boolean): void => report({ type: 'progress', id, label, bytes, totalBytes, done });
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, next): void {
      bytes += chunk.length;
      const now = performance.now();
      if (now - last >= intervalMs) {
        last = now;
        mentioned = true;
        emit(false);
      }
      next(null, chunk);
    },
  });
  counter.once('close', () => {
    if (mentioned) emit(true);
  });
  pipeline(source, counter, () => undefined);
  return counter;
}
