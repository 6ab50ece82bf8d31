import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editImage } from '../../src/image/edit-image.ts';
import type { Image } from '../../src/image/image.ts';
import { scratchImage } from '../../src/image/scratch.ts';
import { contentEntry, directoryEntry } from '../../src/layer/tar-entry.ts';
import { defaultPlatform } from '../../src/oci/select-platform.ts';
import { layerOf } from './example-image.ts';

const root = { uid: 0, gid: 0 };
export const greeting = 'hello from the image';

let program: Buffer | undefined;

/** A static binary that says hello. */
function helloProgram(): Buffer {
  if (program !== undefined) return program;
  const folder = mkdtempSync(join(tmpdir(), 'tsb-hello-'));
  try {
    const source = join(folder, 'hello.c');
    writeFileSync(source, `#include <stdio.h>\nint main(void) { puts("${greeting}"); return 0; }\n`);
    execFileSync('gcc', ['-static', '-Os', '-s', '-o', join(folder, 'hello'), source]);
    program = readFileSync(join(folder, 'hello'));
    return program;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An image of two layers that runs: a file that the upper one deletes, and a program. */
export function helloImage(extra = ''): Image {
  const lower = layerOf([
    directoryEntry('data', root),
    contentEntry('data/gone', 'gone', root),
    contentEntry('data/kept', `kept${extra}`, root),
  ]);
  const upper = layerOf([
    contentEntry('hello', helloProgram(), { ...root, mode: 0o755 }),
    contentEntry('data/.wh.gone', '', root),
  ]);
  return editImage(scratchImage(defaultPlatform()), {
    created: '1980-01-01T00:00:01Z',
    layers: [lower, upper].map((layer, index) => ({ layer, createdBy: `layer ${index}` })),
    config: () => ({ Entrypoint: ['/hello'], Labels: { 'test.extra': extra } }),
  });
}
