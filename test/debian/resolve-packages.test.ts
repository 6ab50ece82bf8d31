import { describe, expect, test } from 'vitest';
import type { PackageArchive } from '../../src/debian/package-archive.ts';
import { packageArchive } from '../../src/debian/package-archive.ts';
import { PackageIndex } from '../../src/debian/package-index.ts';
import { resolvePackages } from '../../src/debian/resolve-packages.ts';

type Fields = Readonly<Record<string, string>>;

/** Packages of version 1.0 unless they say something else. */
function archiveOf(packages: Readonly<Record<string, Fields>>, architecture = 'amd64'): PackageArchive {
  const paragraphs = Object.entries(packages).map(([name, fields]) => {
    const all = {
      Package: name,
      Version: '1.0',
      Architecture: architecture,
      Filename: `pool/${name}.deb`,
      Size: '1',
      SHA256: '0'.repeat(64),
      ...fields,
    };
    return Object.entries(all).map(([field, value]) => `${field}: ${value}\n`);
  });
  const text = paragraphs.map((lines) => lines.join('')).join('\n');
  const root = 'https://mirror.example/debian';
  const index = new PackageIndex(Buffer.from(text), { suite: 'trixie', roots: [root], architecture, address: root });
  const snapshot = [{ suite: 'trixie', address: root, date: new Date('2026-01-01T00:00:00Z'), sha256: '' }];
  return packageArchive([{ notAutomatic: false, indexes: [index] }], { architecture, snapshot });
}

function names(archive: PackageArchive, ...wanted: readonly string[]): readonly string[] {
  return resolvePackages(archive, wanted).map(({ name }) => name);
}

describe('resolvePackages()', () => {
  test('takes what packages depend on before them, and nothing that is only recommended', () => {
    const archive = archiveOf({
      app: { Depends: 'lib (>= 1.0), data', 'Pre-Depends': 'early', Recommends: 'nice', Suggests: 'nicer' },
      lib: { Depends: 'libc' },
      libc: {},
      data: {},
      early: {},
      nice: {},
      other: {},
    });
    expect(names(archive, 'app')).toEqual(['early', 'libc', 'lib', 'data', 'app']);
  });

  test('takes packages that depend on each other', () => {
    expect(names(archiveOf({ a: { Depends: 'b' }, b: { Depends: 'a' } }), 'b')).toEqual(['b', 'a']);
  });

  test('takes the first alternative that can be had, or the one that is wanted anyway', () => {
    const archive = archiveOf({ app: { Depends: 'missing | first | second' }, first: {}, second: {} });
    expect(names(archive, 'app')).toEqual(['first', 'app']);
    expect(names(archive, 'app', 'second')).toEqual(['second', 'app']);
  });

  test('takes another alternative when the first is in conflict with something', () => {
    const archive = archiveOf({
      app: { Depends: 'first | second, third' },
      first: {},
      second: {},
      third: { Conflicts: 'first' },
    });
    expect(names(archive, 'app')).toEqual(['second', 'third', 'app']);
  });

  test('finds who provides a name, by priority and name, with a version only where one is provided', () => {
    const archive = archiveOf({
      app: { Depends: 'awk' },
      gawk: { Provides: 'awk' },
      mawk: { Provides: 'awk', Priority: 'required' },
      other: { Depends: 'abi (>= 2)' },
      old: { Provides: 'abi (= 1)' },
      plain: { Provides: 'abi' },
      young: { Provides: 'abi (= 3), xyz' },
    });
    expect(names(archive, 'app')).toEqual(['mawk', 'app']);
    expect(names(archive, 'app', 'gawk')).toEqual(['gawk', 'app']);
    expect(names(archive, 'other')).toEqual(['young', 'other']);
    expect(names(archive, 'xyz')).toEqual(['young']);
    expect(() => names(archive, 'awk')).toThrow('Cannot choose a package for "awk": several provide it');
  });

  test('reads qualifiers of architectures', () => {
    const archive = archiveOf({
      app: { Depends: 'python3:any, lib:amd64' },
      python3: { 'Multi-Arch': 'allowed' },
      lib: {},
      foreign: { Depends: 'lib:arm64' },
      foe: { Conflicts: 'lib:i386, python3:any (<< 1.0)' },
      data: { Architecture: 'all' },
      arm: { Architecture: 'arm64' },
    });
    expect(names(archive, 'app', 'data')).toEqual(['python3', 'lib', 'app', 'data']);
    expect(names(archive, 'app', 'foe')).toEqual(['python3', 'lib', 'app', 'foe']);
    expect(() => names(archive, 'foreign')).toThrow('lib:arm64 cannot be had');
    expect(() => names(archive, 'arm')).toThrow('Cannot find package "arm" for amd64 in trixie of 2026-01-01');
  });

  test('takes nothing again that is there already, and changes nothing of it', () => {
    const archive = archiveOf({
      app: { Depends: 'lib' },
      lib: { Depends: 'libc' },
      libc: {},
      foe: { Breaks: 'libc (<< 2)' },
    });
    const installed = resolvePackages(archive, ['lib']);
    expect(resolvePackages(archive, ['app', 'lib'], { installed }).map(({ name }) => name)).toEqual(['app']);
    expect(() => resolvePackages(archive, ['foe'], { installed })).toThrow('foe breaks libc (<< 2), which libc 1.0 is');
  });

  test('names what is missing and who asked for it', () => {
    const archive = archiveOf({ app: { Depends: 'lib' }, lib: { Depends: 'libc (>= 2.0) | musl' }, libc: {} });
    expect(() => names(archive, 'app')).toThrow(
      expect.objectContaining({
        code: 'STACK_UNFIT',
        message: 'Cannot choose packages: libc (>= 2.0) | musl cannot be had, there is libc 1.0, there is no musl',
        detail: 'Needed for lib, which is for app',
      }),
    );
  });

  test.each([
    ['Conflicts', 'exim conflicts with postfix, which postfix 1.0 is'],
    ['Breaks', 'exim breaks postfix, which postfix 1.0 is'],
  ])('names both sides of %s', (field, problem) => {
    const archive = archiveOf({ app: { Depends: 'postfix, exim' }, postfix: {}, exim: { [field]: 'postfix' } });
    expect(() => names(archive, 'app')).toThrow(
      expect.objectContaining({ message: `Cannot choose packages: ${problem}`, detail: 'Needed for app' }),
    );
  });

  test('lets a package conflict with what it provides itself', () => {
    const archive = archiveOf({
      one: { Provides: 'mta', Conflicts: 'mta' },
      two: { Provides: 'mta', Conflicts: 'mta' },
    });
    expect(names(archive, 'one')).toEqual(['one']);
    expect(() => names(archive, 'one', 'two')).toThrow('conflicts with mta');
  });

  test('gives up on an archive that was made to have no solution', () => {
    const packages: Record<string, Fields> = {
      app: { Depends: Array.from({ length: 40 }, (_, at) => `v${at}`).join(', ') },
    };
    for (let at = 0; at < 40; at += 1) {
      packages[`a${at}`] = { Provides: `v${at}` };
      packages[`b${at}`] = { Provides: `v${at}` };
    }
    packages['app'] = { Depends: `${packages['app']?.['Depends']}, none` };
    expect(() => names(archiveOf(packages), 'app')).toThrow('none cannot be had');
  });

  test('refuses an index that says something that is no relation', () => {
    expect(() => names(archiveOf({ app: { Depends: 'lib (~ 1)' } }), 'app')).toThrow(
      'Cannot use "depends" of package app: "lib (~ 1)" is no relation to a package',
    );
  });
});
