import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { downloadPackages } from '../../src/debian/download-packages.ts';
import type { DebianPackage } from '../../src/debian/debian-package.ts';
import { mirrorTransport } from '../../src/debian/mirror-transport.ts';
import { openArchive } from '../../src/debian/open-archive.ts';
import { resolvePackages } from '../../src/debian/resolve-packages.ts';
import { unpackPackages } from '../../src/debian/unpack-packages.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import type { Store } from '../../src/store/store.ts';
import { quiet, temporaryDir, temporaryStore } from './archive-fixture.ts';
import { hostDistribution, hostSources } from './host-archive.ts';
import { noRules } from './unpack-fixture.ts';

const open = mirrorTransport({ env: process.env });
let store: Store;
beforeAll(async () => {
  store = await temporaryStore();
});

async function closure(architecture: string, wanted: readonly string[]): Promise<readonly DebianPackage[]> {
  const distribution = hostDistribution();
  const archive = await openArchive(distribution, hostSources(distribution), {
    architecture,
    open,
    cache: store.blobs,
    document: (name) => store.document(name),
    report: quiet,
    now: () => new Date(),
  });
  return resolvePackages(archive, wanted);
}

/** `path type mode content`, as dpkg's own unpacker leaves them, on a system where `/usr` is merged. */
function unpackedByDpkg(file: string): readonly string[] {
  const root = temporaryDir();
  execFileSync('dpkg-deb', ['-x', file, root]);
  // With the types of entries, it does not follow symlinks.
  return readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    const stats = lstatSync(path);
    const inImage = `/${name}`.replace(/^\/(?=(?:bin|sbin|lib|lib64)\/)/, '/usr/');
    if (stats.isDirectory()) return [];
    if (stats.isSymbolicLink()) return [`${inImage} -> ${readlinkSync(path)}`];
    const mtime = Math.floor(stats.mtimeMs / 1000);
    return [`${inImage} ${(stats.mode & 0o1777).toString(8)} ${mtime} ${sha256(readFileSync(path))}`];
  });
}

function described(entry: TarEntry, files: ReadonlyMap<string, TarEntry>): readonly string[] {
  const { path, type, linkTarget, mode, mtimeSeconds } = entry;
  if (type === 'directory' || String(path).startsWith('/var/lib/dpkg/')) return [];
  if (type === 'symlink') return [`${String(path)} -> ${String(linkTarget)}`];
  const { source } = type === 'hardlink' ? (files.get(String(linkTarget)) ?? entry) : entry;
  const content = source?.kind === 'file' ? readFileSync(source.path) : Buffer.alloc(0);
  return [`${String(path)} ${mode.toString(8)} ${mtimeSeconds} ${sha256(content)}`];
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('unpackPackages()', () => {
  test.each(['amd64', 'arm64'])('unpacks for %s what dpkg-deb unpacks', async (architecture) => {
    const packages = await closure(architecture, ['libc6', 'libstdc++6', 'ca-certificates', 'perl-base', 'tzdata']);
    const dir = join(temporaryDir(), 'contents');
    mkdirSync(dir);
    const scripts = packages.map(({ name }) => ({
      package: name,
      scripts: ['preinst' as const, 'postinst' as const],
      because: 'this test looks at what is unpacked',
    }));
    const options = { open, cache: store.blobs, report: quiet };
    const rules = { ...noRules, mergedUsr: true, scripts };
    const { entries, status } = await unpackPackages(packages, { dir, rules, ...options });
    const files = new Map(entries.map((entry) => [String(entry.path), entry]));
    const ours = entries.flatMap((entry) => described(entry, files));
    const links = ['/bin -> usr/bin', '/lib -> usr/lib', '/lib64 -> usr/lib64', '/sbin -> usr/sbin'];
    const debs = await downloadPackages(packages, options);
    const theirs = packages.flatMap((found) => unpackedByDpkg(debs.get(found) ?? ''));
    expect(ours.filter((line) => !links.includes(line)).toSorted()).toEqual([...new Set(theirs)].toSorted());
    expect(status).toHaveLength(packages.length);
  });
});
