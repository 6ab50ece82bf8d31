import { copyFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';

export interface GeneratedApp {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes an application of a static program and `files` text files into `folder`, the same ones every time: sizes and
 * compressibility are about those of an installed JavaScript dependency tree.
 */
export function generateApp(folder: string, files: number): GeneratedApp {
  const random = xorshift(20_000);
  const words = Array.from({ length: 3000 }, () =>
    random()
      .toString(36)
      .slice(2, 3 + Math.floor(random() * 9)),
  );
  // Long ago: a file that changed just now cannot be told from one that changes while it is looked at.
  const past = new Date('2020-01-01T00:00:00Z');
  let bytes = 0;
  for (let index = 0; index < files; index++) {
    const directory = join(folder, `part-${index % 40}`, `module-${Math.floor(index / 40) % 50}`);
    mkdirSync(directory, { recursive: true });
    // From 128 bytes to 64 KiB, small ones more often.
    const text = prose(words, 2 ** (7 + 9 * random() ** 1.5), random);
    const file = join(directory, `file-${index}.js`);
    writeFileSync(file, text);
    utimesSync(file, past, past);
    bytes += text.length;
  }
  const program = createRequire(import.meta.url).resolve(`@esbuild/linux-${process.arch}/bin/esbuild`);
  copyFileSync(program, join(folder, 'program'));
  return { files, bytes };
}

function prose(words: readonly string[], length: number, random: () => number): string {
  const line: string[] = [];
  for (let size = 0; size < length; size += line.at(-1)!.length + 1) {
    // To the fourth: a few words are used most, as in any text.
    line.push(words[Math.floor(words.length * random() ** 4)]!);
  }
  return `${line.join(' ')}\n`;
}

/** Numbers in [0, 1), the same for the same seed. Marsaglia, Xorshift RNGs, 2003. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
