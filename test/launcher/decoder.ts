import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { languageFlags, launcherSources, sourceFiles } from '../../scripts/launcher/toolchain.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';

export const testSources: string = join(repositoryRoot, 'test', 'launcher', 'c');

/** The launcher's sources with every piece of memory a block of its own, so that sanitizers see all that goes past it. */
export function checkedSources(): string[] {
  return replaced(sourceFiles(), 'memory.c', 'memory-checked.c');
}

/** … and without the start, and with failures that jump back: for programs that read many inputs. */
export function readerSources(): string[] {
  const withoutStart = checkedSources().filter((file) => basename(file) !== 'main.c');
  return replaced(withoutStart, 'failure.c', 'failure-jump.c');
}

function replaced(files: readonly string[], own: string, other: string): string[] {
  return [...files.filter((file) => basename(file) !== own), join(testSources, other)];
}

/** `m` for metadata.toml, `e` for the output of an exec.d program. */
export type DocumentKind = 'm' | 'e';

/** The launcher's reader of documents, as a program of this machine. */
export class Decoder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-decoder-'));
  readonly #program = join(this.#folder, 'decode');

  constructor() {
    const flags = [...languageFlags, '-O1', `-I${launcherSources}`];
    execFileSync('cc', [...flags, '-o', this.#program, join(testSources, 'decode.c'), ...readerSources()]);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What the launcher reads out of each document, null for one that it refuses. */
  decode(kind: DocumentKind, documents: readonly (string | Uint8Array)[]): unknown[] {
    const options = { input: framed(kind, documents), maxBuffer: 1 << 28, encoding: 'utf8' as const };
    const lines = execFileSync(this.#program, options).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

/** The documents as standard input of a program that reads many: see c/decode.c. */
export function framed(kind: string, documents: readonly (string | Uint8Array)[]): Buffer {
  const frames = documents.flatMap((document) => {
    const bytes = Buffer.from(document);
    return [Buffer.from(`${kind} ${bytes.length}\n`), bytes];
  });
  return Buffer.concat(frames);
}
