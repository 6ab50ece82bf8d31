import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Distribution } from '../../src/debian/distribution.ts';
import type { FoundPackageSources } from '../../src/debian/find-package-sources.ts';
import { findPackageSources } from '../../src/debian/find-package-sources.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { temporaryDir } from './archive-fixture.ts';

function distribution(id: string, codename: string): Distribution {
  const suites = ['', '-updates', '-security'].map((pocket) => `${codename}${pocket}`);
  return { id, codename, suites, components: ['main'], keys: [] };
}

const trixie = distribution('debian', 'trixie');
const noble = distribution('ubuntu', 'noble');

function onHost(name: string, wanted: Distribution): FoundPackageSources {
  const aptDir = join(repositoryRoot, 'test/debian/fixtures', name, 'etc/apt');
  return findPackageSources(wanted, { aptDir });
}

function uris(found: FoundPackageSources): readonly string[] {
  return found.result === 'none' ? [found.reason] : found.sources.map(({ uri, suite }) => `${suite} ${uri}`);
}

describe('findPackageSources() from the sources of apt', () => {
  test('takes the mirrors of Debian 12 for Debian 13, each kind of suite from where it is', () => {
    expect(onHost('debian-12', trixie)).toEqual({
      result: 'found',
      sources: [
        { uri: 'http://mirror.example/debian/', suite: 'trixie', components: ['main'] },
        { uri: 'http://mirror.example/debian/', suite: 'trixie-updates', components: ['main'] },
        { uri: 'http://security.mirror.example/debian-security', suite: 'trixie-security', components: ['main'] },
      ],
      reason: 'the mirror http://mirror.example/debian/, which apt of this machine uses',
    });
  });

  test('reads the newer form, with lists of mirrors and what is not enabled', () => {
    expect(uris(onHost('debian-13', trixie))).toEqual([
      'trixie mirror+file:///etc/apt/mirrors/debian.list',
      'trixie-updates mirror+file:///etc/apt/mirrors/debian.list',
      'trixie-security mirror+file:///etc/apt/mirrors/debian-security.list',
    ]);
  });

  test.each([
    ['ubuntu-22.04', 'apt of this machine has sources of ubuntu jammy, none of debian trixie'],
    ['ubuntu-24.04', 'apt of this machine has sources of ubuntu noble, none of debian trixie'],
    ['fedora', 'apt of this machine has no sources, which could have debian trixie'],
    ['empty', 'apt of this machine has no sources, which could have debian trixie'],
  ])('says that %s has no packages of Debian', (host, reason) => {
    expect(onHost(host, trixie)).toEqual({ result: 'none', reason });
  });

  test('takes the mirrors of either Ubuntu for Ubuntu, and none of Debian', () => {
    for (const host of ['ubuntu-22.04', 'ubuntu-24.04']) {
      expect(uris(onHost(host, noble))).toEqual([
        'noble http://mirror.example/ubuntu/',
        'noble-updates http://mirror.example/ubuntu/',
        'noble-security http://security.mirror.example/ubuntu/',
      ]);
    }
    expect(uris(onHost('debian-12', noble))).toEqual([
      'apt of this machine has sources of debian bookworm, none of ubuntu noble',
    ]);
  });

  test('looks beside the archive for security updates where apt names none', () => {
    const aptDir = hostWith('debian', 'deb https://mirror.example/debian bookworm main\n');
    expect(uris(findPackageSources(trixie, { aptDir }))).toEqual([
      'trixie https://mirror.example/debian',
      'trixie-updates https://mirror.example/debian',
      'trixie-security https://mirror.example/debian-security',
    ]);
  });

  test('does not take a third party for the archive, though its suite is called after the release', () => {
    const vendor = 'deb https://packages.example/vendor/debian bookworm main\n';
    const archive =
      'deb https://mirror.example/debian bookworm main\ndeb https://mirror.example/debian bookworm-updates main\n';
    const aptDir = hostWith('debian', `${vendor}${archive}`);
    expect(uris(findPackageSources(trixie, { aptDir }))[0]).toBe('trixie https://mirror.example/debian');
  });

  test('reads names that move, and the old name of the security suite', () => {
    const aptDir = hostWith(
      'debian',
      'deb https://mirror.example/d stable main\ndeb https://mirror.example/s buster/updates main\n',
      'buster',
    );
    expect(uris(findPackageSources(trixie, { aptDir }))).toEqual([
      'trixie https://mirror.example/d',
      'trixie-updates https://mirror.example/d',
      'trixie-security https://mirror.example/s',
    ]);
  });

  test('reads whatever is in the files, and at most finds nothing', () => {
    const words = [
      'deb',
      ' ',
      '\n',
      '[',
      ']',
      'arch=amd64',
      'https://mirror.example/debian',
      'bookworm',
      'main',
      '#',
      ':',
      'URIs',
      'Types',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), fc.string(), (parts, noise) => {
        const aptDir = hostWith('debian', parts.join(''));
        mkdirSync(join(aptDir, 'sources.list.d'));
        writeFileSync(join(aptDir, 'sources.list.d/x.sources'), `${noise}${parts.toReversed().join('')}`);
        expect(['found', 'none']).toContain(findPackageSources(trixie, { aptDir }).result);
      }),
      { numRuns: 200 },
    );
  });

  test('shows no password', () => {
    const aptDir = hostWith('debian', 'deb https://user:secret@mirror.example/debian bookworm main\n');
    const found = findPackageSources(trixie, { aptDir });
    expect(found.reason).toBe('the mirror https://mirror.example/debian, which apt of this machine uses');
    expect(uris(found)[0]).toContain('user:secret@');
  });

  function hostWith(id: string, sources: string, codename = 'bookworm'): string {
    const dir = temporaryDir();
    mkdirSync(join(dir, 'etc/apt'), { recursive: true });
    writeFileSync(join(dir, 'etc/os-release'), `ID=${id}\nVERSION_CODENAME="${codename}"\n`);
    writeFileSync(join(dir, 'etc/apt/sources.list'), sources);
    return join(dir, 'etc/apt');
  }
});

describe('findPackageSources() from a setting', () => {
  const named = (setting: string): readonly string[] =>
    uris(findPackageSources(trixie, { setting, aptDir: '/nonexistent' }));

  test('goes before the sources of apt', () => {
    expect(findPackageSources(trixie, { setting: 'https://mirror.example/debian' })).toMatchObject({
      result: 'found',
      reason: 'the mirror https://mirror.example/debian, which the settings name',
    });
  });

  test.each([
    ['https://mirror.example/debian', ['https://mirror.example/debian', 'https://mirror.example/debian-security']],
    ['https://mirror.example/debian/', ['https://mirror.example/debian/', 'https://mirror.example/debian-security']],
    ['http://127.0.0.1:80', ['http://127.0.0.1:80', 'http://127.0.0.1:80']],
    ['/srv/mirror#1', ['file:///srv/mirror%231', 'file:///srv/mirror%231']],
    ['file:/srv/mirror', ['file:/srv/mirror', 'file:/srv/mirror']],
    ['https://a.example/x trixie-security=https://b.example/y', ['https://a.example/x', 'https://b.example/y']],
  ])('reads "%s"', (setting, [archive, security]) => {
    expect(named(setting)).toEqual([`trixie ${archive}`, `trixie-updates ${archive}`, `trixie-security ${security}`]);
  });

  test.each([
    'mirror.example/debian',
    'ftp://mirror.example',
    'https://a.example https://b.example',
    'trixie-security=https://a.example',
    'trixie=x',
  ])('refuses "%s"', (setting) => {
    expect(() => named(setting)).toThrow(expect.objectContaining({ code: 'SETTINGS_INVALID' }));
  });
});
