import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';
import { compile, sourceDigest, targets, toolchainVersions } from './toolchain.ts';

export const prebuiltFolder: string = join(repositoryRoot, 'launcher', 'prebuilt');

/** launcher/prebuilt/record.json: from what, with what the binaries were built, and what came out. */
export interface BuildRecord {
  readonly sources: string;
  readonly binaries: Readonly<Record<string, BinaryRecord>>;
}

export interface BinaryRecord {
  readonly compiler: string;
  readonly linker: string;
  /** Version of Debian's package musl-dev. */
  readonly musl: string;
  readonly sizeBytes: number;
  readonly digest: string;
}

/** Builds `<folder>/<platform>/launcher` for every target, and says what was built. */
export function buildLaunchers(folder: string): BuildRecord {
  const binaries = targets.map((target): [string, BinaryRecord] => {
    const file = join(folder, target.platform, 'launcher');
    mkdirSync(join(folder, target.platform), { recursive: true });
    compile(target, file);
    const content = readFileSync(file);
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    return [target.platform, { ...toolchainVersions(target), sizeBytes: content.length, digest }];
  });
  return { sources: sourceDigest(), binaries: Object.fromEntries(binaries) };
}

export function readRecord(): BuildRecord {
  return JSON.parse(readFileSync(join(prebuiltFolder, 'record.json'), 'utf8')) as BuildRecord;
}

export function writeRecord(record: BuildRecord): void {
  writeFileSync(join(prebuiltFolder, 'record.json'), `${JSON.stringify(record, null, 2)}\n`);
}
