import { readFileSync } from 'node:fs';
import type { InstallRules } from '../../src/debian/install-rules.ts';
import { resolvePackages } from '../../src/debian/resolve-packages.ts';
import type { UnpackedPackages } from '../../src/debian/unpack-packages.ts';
import { unpackPackages } from '../../src/debian/unpack-packages.ts';
import { open, openMirror, quiet, temporaryDir, temporaryStore } from './archive-fixture.ts';
import type { TestPackage } from './deb.ts';
import { makeTestMirror } from './mirror.ts';

export const noRules: InstallRules = {
  mergedUsr: false,
  drop: [],
  keep: [],
  setid: 'drop',
  scripts: [],
  generatedSections: [],
  users: [],
  groups: [],
  links: [],
  copies: [],
  joins: [],
  directories: [],
};

/** Publishes the packages on a mirror and unpacks them from there. A path is that of a .deb of a package named `hostile`. */
export async function unpack(
  packages: readonly (TestPackage | string)[],
  rules: Partial<InstallRules> = {},
  below: readonly string[] = [],
): Promise<UnpackedPackages> {
  const mirror = await makeTestMirror(temporaryDir(), { suites: { trixie: packages } });
  const store = await temporaryStore();
  const archive = await openMirror(mirror, { store });
  const wanted = packages.map((made) => (typeof made === 'string' ? 'hostile' : made.name));
  return await unpackPackages(resolvePackages(archive, wanted), {
    dir: temporaryDir(),
    rules: { ...noRules, ...rules },
    below,
    open,
    cache: store.blobs,
    report: quiet,
  });
}

/** As `path`, `path -> target`, `path => hard link`, without dpkg's own files. */
export function listing({ entries }: UnpackedPackages): readonly string[] {
  return entries
    .filter(({ path }) => !String(path).startsWith('/var'))
    .map(({ path, type, mode, linkTarget }) => {
      if (type === 'symlink') return `${String(path)} -> ${String(linkTarget)}`;
      if (type === 'hardlink') return `${String(path)} => ${String(linkTarget)}`;
      return `${String(path)} ${mode.toString(8)}`;
    });
}

/** The content of a file. */
export function text({ entries }: UnpackedPackages, wanted: string): string | undefined {
  const source = entries.find(({ path }) => path === wanted)?.source;
  if (source === undefined) return undefined;
  return source.kind === 'file' ? readFileSync(source.path, 'utf8') : Buffer.from(source.bytes).toString('utf8');
}
