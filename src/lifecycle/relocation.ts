import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { movedPaths, toImagePaths } from '../buildpack/map-paths.ts';
import type { BuildPaths } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import { showPath, type BytePath } from '../fs/byte-path.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import type { StoredProcess } from '../cnb/launch-metadata.ts';

/**
 * Where a build that ran in other directories than the image has (`mapped`) left paths that have to be changed: environment
 * files, process commands and symlinks are; what is inside other files cannot be, so finding it there is an error.
 */
export interface Relocation {
  readonly text: (text: string) => string;
  /** Lists a layer's entries with their links and environment files changed. Throws PATH_LEAKED at the end, naming the files. */
  readonly entries: (entries: Iterable<TarEntry>, layer: string) => Iterable<TarEntry>;
  readonly process: (process: StoredProcess) => StoredProcess;
}

/** What to change for a build with these paths; undefined when they are those of the image. */
export function relocationFor(paths: BuildPaths): Relocation | undefined {
  const moved = Object.values(paths).filter(({ inside, image }) => inside !== image);
  if (moved.length === 0) return undefined;
  const text = (value: string): string => toImagePaths(value, movedPaths(paths));
  const needles = moved.map(({ inside }) => Buffer.from(inside));
  return {
    text,
    entries: (entries, layer) => relocate(entries, { text, needles, layer }),
    process: (process) => ({
      ...process,
      command: process.command.map(text),
      ...(process.args && { args: process.args.map(text) }),
      ...(process.workingDirectory !== undefined && { workingDirectory: text(process.workingDirectory) }),
    }),
  };
}

interface RelocateOptions {
  readonly text: (text: string) => string;
  readonly needles: readonly Buffer[];
  readonly layer: string;
}

const environmentFile = /^\/layers\/[^/]+\/[^/]+\/env(\.build|\.launch)?\//;

function* relocate(entries: Iterable<TarEntry>, { text, needles, layer }: RelocateOptions): Generator<TarEntry> {
  const leaks: string[] = [];
  for (const entry of entries) {
    const moved = relocateEntry(entry, text);
    if (contentHolds(moved, needles)) leaks.push(showPath(moved.path));
    yield moved;
  }
  if (leaks.length === 0) return;
  throw new TsbuildpackError('PATH_LEAKED', `Cannot use layer ${layer}: it holds the path of the build directory`, {
    detail: leaks.join('\n'),
    hint: 'Its buildpack writes absolute paths into files, so it needs a build where /layers is /layers: --isolation real',
  });
}

function relocateEntry(entry: TarEntry, text: (text: string) => string): TarEntry {
  if (entry.type === 'symlink' && typeof entry.linkTarget === 'string') {
    return { ...entry, linkTarget: text(entry.linkTarget) };
  }
  if (entry.source?.kind !== 'file' || !environmentFile.test(showPath(entry.path))) return entry;
  const bytes = Buffer.from(text(readFileSync(entry.source.path, 'utf8')));
  return { ...entry, sizeBytes: bytes.length, source: { kind: 'content', bytes } };
}

const chunkBytes = 1 << 20;

function contentHolds({ source }: TarEntry, needles: readonly Buffer[]): boolean {
  if (source === undefined) return false;
  if (source.kind === 'content') return holds(Buffer.from(source.bytes), needles);
  return fileHolds(source.path, needles);
}

/** Reads in pieces that overlap by the longest needle. */
function fileHolds(path: BytePath, needles: readonly Buffer[]): boolean {
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  const buffer = Buffer.allocUnsafe(chunkBytes + overlap);
  const file = openSync(path, 'r');
  try {
    let kept = 0;
    for (;;) {
      const read = readSync(file, buffer, kept, chunkBytes, null);
      if (read === 0) return false;
      const filled = buffer.subarray(0, kept + read);
      if (holds(filled, needles)) return true;
      kept = Math.min(overlap, filled.length);
      filled.copy(buffer, 0, filled.length - kept);
    }
  } finally {
    closeSync(file);
  }
}

function holds(bytes: Buffer, needles: readonly Buffer[]): boolean {
  return needles.some((needle) => bytes.includes(needle));
}
