import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { framed, type DocumentKind } from './decoder.ts';

/** The TOML library of the reference lifecycle, reading and writing the same documents. */
export class GoToml {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tsbuildpack-go-toml-'));
  readonly #program = join(this.#folder, 'go-toml');

  constructor() {
    const cwd = join(repositoryRoot, 'test', 'launcher', 'go');
    execFileSync('go', ['build', '-trimpath', '-o', this.#program, '.'], {
      cwd,
      env: { ...process.env, CGO_ENABLED: '0' },
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What the library reads out of each document, null for one that it refuses. */
  decode(kind: DocumentKind, documents: readonly (string | Uint8Array)[]): unknown[] {
    return this.#ask(kind, documents);
  }

  /** metadata.toml in the form of the library's encoder. */
  encode(metadata: readonly unknown[]): string[] {
    return this.#ask(
      'w',
      metadata.map((document) => JSON.stringify(document)),
    ) as string[];
  }

  #ask(kind: string, documents: readonly (string | Uint8Array)[]): unknown[] {
    const options = { input: framed(kind, documents), maxBuffer: 1 << 28, encoding: 'utf8' as const };
    const lines = execFileSync(this.#program, options).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}
