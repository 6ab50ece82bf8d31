import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Distribution, PackageSource } from '../../src/debian/distribution.ts';
import { mirrorTransport } from '../../src/debian/mirror-transport.ts';
import type { OpenFile } from '../../src/debian/open-file.ts';
import type { OpenArchiveOptions } from '../../src/debian/open-archive.ts';
import { openArchive } from '../../src/debian/open-archive.ts';
import type { PackageArchive } from '../../src/debian/package-archive.ts';
import type { Store } from '../../src/store/store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { TestMirror } from './mirror.ts';

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** Gone after the tests of the file. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tsbuildpack-debian-'));
  dirs.push(dir);
  return dir;
}

export const quiet = (): undefined => undefined;

export async function temporaryStore(): Promise<Store> {
  return await openStore(join(temporaryDir(), 'store'), { report: quiet });
}

/** Reads mirrors without anything of this machine's apt and environment. */
export const open: OpenFile = mirrorTransport({ env: {}, aptDir: '/nonexistent' });

function sourcesOf({ suites, components }: Distribution, uri: string): readonly PackageSource[] {
  return suites.map((suite) => ({ uri, suite, components }));
}

export interface TestArchiveOptions extends Partial<OpenArchiveOptions> {
  readonly uri?: string;
  readonly distribution?: Distribution;
  readonly store?: Store;
}

/** Opens a mirror as on 2 January 2026, for amd64. */
export async function openMirror(mirror: TestMirror, options: TestArchiveOptions = {}): Promise<PackageArchive> {
  const { uri = mirror.uri, distribution = mirror.distribution, store = await temporaryStore(), ...rest } = options;
  return await openArchive(distribution, sourcesOf(distribution, uri), {
    architecture: 'amd64',
    open,
    cache: store.blobs,
    document: (name) => store.document(name),
    report: quiet,
    now: () => new Date('2026-01-02T00:00:00Z'),
    retryAfterMs: [1, 1],
    ...rest,
  });
}
