import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Report } from '../events.ts';

const reportEveryMs = 250;

/** Writes what arrives into a new file, and reports how far it is. Throws the body's own errors and the file's. */
export async function saveDownload(
  body: AsyncIterable<Buffer>,
  file: string,
  /** `label` is for people, and tells one download from others that run at the same time. */
  { report, label }: { readonly report: Report; readonly label: string },
): Promise<void> {
  let bytes = 0;
  let last = 0;
  const id = `download:${label}`;
  const counting = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (performance.now() - last > reportEveryMs) {
        last = performance.now();
        report({ type: 'progress', id, label, bytes, done: false });
      }
      yield chunk;
    }
  };
  try {
    await pipeline(counting, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  } finally {
    report({ type: 'progress', id, label, bytes, done: true });
  }
}
