import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newArchiveKey } from './archive-key.ts';
import { openMirror, temporaryDir, temporaryStore } from './archive-fixture.ts';
import type { TestMirror } from './mirror.ts';
import { makeTestMirror, serveMirror } from './mirror.ts';

const hello = { name: 'hello', version: '1.0-1', files: { '/usr/bin/hello': 'hello' } };

async function mirrorOf(options: Partial<Parameters<typeof makeTestMirror>[1]> = {}): Promise<TestMirror> {
  return await makeTestMirror(temporaryDir(), { suites: { trixie: [hello] }, ...options });
}

describe('openArchive()', () => {
  test('reads packages of a suite that is signed in the file itself, and of one signed beside it', async () => {
    for (const signature of ['inline', 'detached'] as const) {
      const archive = await openMirror(await mirrorOf({ signature }));
      expect(archive.candidate('hello')).toMatchObject({ version: '1.0-1', suite: 'trixie', architecture: 'amd64' });
      expect(archive.candidate('other')).toBeUndefined();
    }
  });

  test('takes the highest version of all suites, of each for the architecture or for all', async () => {
    const suites = {
      trixie: [hello, { name: 'data', architecture: 'all' }, { name: 'other', architecture: 'arm64' }],
      'trixie-security': [{ ...hello, version: '1.0-1+deb13u1' }],
    };
    const archive = await openMirror(await mirrorOf({ suites }));
    expect(archive.candidate('hello')).toMatchObject({ version: '1.0-1+deb13u1', suite: 'trixie-security' });
    expect(archive.candidate('data')?.architecture).toBe('all');
    expect(archive.candidate('other')).toBeUndefined();
    expect(archive.snapshot.map(({ suite, date }) => [suite, date.toISOString()])).toEqual([
      ['trixie', '2026-01-01T00:00:00.000Z'],
      ['trixie-security', '2026-01-01T00:00:00.000Z'],
    ]);
  });

  test('takes from a suite that is not automatic only what no other has', async () => {
    const backports = [{ ...hello, version: '2.0-1' }, { name: 'new' }];
    const dir = temporaryDir();
    const main = await makeTestMirror(join(dir, 'a'), { suites: { trixie: [hello] } });
    const other = await makeTestMirror(join(dir, 'b'), {
      suites: { 'trixie-backports': backports },
      release: { NotAutomatic: 'yes' },
      key: main.key,
    });
    const distribution = { ...main.distribution, suites: ['trixie', 'trixie-backports'] };
    cpSync(join(other.dir, 'dists'), join(main.dir, 'dists'), { recursive: true });
    const archive = await openMirror({ ...main, distribution });
    expect(archive.candidate('hello')?.version).toBe('1.0-1');
    expect(archive.candidate('new')?.version).toBe('1.0-1');
  });

  test('refuses what another key signed, and what nobody signed', async () => {
    const stranger = await newArchiveKey();
    const mirror = await mirrorOf();
    const distribution = { ...mirror.distribution, keys: [stranger.publicKey] };
    await expect(openMirror(mirror, { distribution })).rejects.toMatchObject({
      code: 'PACKAGES_UNTRUSTED',
      detail: expect.stringMatching(/^key [0-9a-f]{16} is none of the stack's$/),
    });
    await expect(openMirror(await mirrorOf({ signature: 'none' }))).rejects.toMatchObject({
      code: 'PACKAGES_UNTRUSTED',
      message: expect.stringContaining('it is not signed'),
    });
  });

  test('refuses a Release file that was changed, and one with text around what is signed', async () => {
    for (const change of [
      (text: string): string => text.replace('Origin: Test', 'Origin: Evil'),
      (text: string): string => `Origin: Evil\n${text}`,
      (text: string): string =>
        text.replace('-----BEGIN PGP SIGNATURE-----', '\nEvil: yes\n-----BEGIN PGP SIGNATURE-----'),
      (): string => 'Origin: Test\n',
    ]) {
      const mirror = await mirrorOf();
      const file = join(mirror.dir, 'dists/trixie/InRelease');
      writeFileSync(file, change(readFileSync(file, 'utf8')));
      await expect(openMirror(mirror)).rejects.toMatchObject({ code: 'PACKAGES_UNTRUSTED' });
    }
  });

  test('names the key that has expired or is revoked', async () => {
    const key = await newArchiveKey({ created: new Date('2020-01-01T00:00:00Z'), lifetimeSeconds: 3 * 365 * 86_400 });
    const expired = await mirrorOf({ key, date: new Date('2021-01-01T00:00:00Z') });
    await expect(openMirror(expired)).rejects.toMatchObject({
      code: 'PACKAGES_UNTRUSTED',
      detail: `key ${key.id} (Archive of a test <archive@packages.example>) expired on 2022-12-31`,
    });
    const revoked = await mirrorOf();
    const distribution = { ...revoked.distribution, keys: [revoked.key.revokedKey] };
    await expect(openMirror(revoked, { distribution })).rejects.toMatchObject({
      code: 'PACKAGES_UNTRUSTED',
      detail: `key ${revoked.key.id} (Archive of a test <archive@packages.example>) is revoked`,
    });
  });

  test('refuses a suite that is out of date, from the future, or another one', async () => {
    const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
    const old = await mirrorOf({ date: day('2025-01-01'), validUntil: day('2025-01-08') });
    await expect(openMirror(old)).rejects.toMatchObject({ message: expect.stringContaining('valid until 2025-01-08') });
    const early = await mirrorOf({ date: day('2026-02-01') });
    await expect(openMirror(early)).rejects.toMatchObject({ code: 'PACKAGES_UNTRUSTED' });
    const other = await mirrorOf({ release: { Suite: 'stable', Codename: 'bookworm' } });
    await expect(openMirror(other)).rejects.toMatchObject({
      message: expect.stringContaining('asked for suite "trixie" and answered with "bookworm" (stable)'),
    });
  });

  test('says which architectures a suite has, and that a suite is not there', async () => {
    await expect(openMirror(await mirrorOf({ architectures: ['arm64', 'riscv64'] }))).rejects.toMatchObject({
      code: 'PACKAGES_UNAVAILABLE',
      message: expect.stringContaining('no packages for amd64, only for arm64, riscv64'),
    });
    const mirror = await mirrorOf();
    const distribution = { ...mirror.distribution, suites: ['forky'] };
    await expect(openMirror(mirror, { distribution })).rejects.toMatchObject({
      code: 'PACKAGES_UNAVAILABLE',
      message: expect.stringContaining('there is no Release file'),
    });
  });

  test('refuses an older state of a suite than the mirror has shown before', async () => {
    const dir = temporaryDir();
    const store = await temporaryStore();
    const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
    const suites = { trixie: [hello] };
    const mirror = await makeTestMirror(dir, { suites, date: day('2026-01-01') });
    await openMirror(mirror, { store });
    await openMirror(await makeTestMirror(dir, { suites, key: mirror.key, date: day('2026-01-02') }), { store });
    await openMirror(mirror, { store });
    await makeTestMirror(dir, { suites, key: mirror.key, date: day('2026-01-01') });
    await expect(openMirror(mirror, { store })).rejects.toMatchObject({
      code: 'MIRROR_OUT_OF_SYNC',
      message: expect.stringMatching(/they are of 2026-01-01T.*, and were of 2026-01-02T.* before$/),
    });
    await expect(openMirror(mirror)).resolves.toBeDefined();
  });

  test('takes the first of a list of mirrors that has the suite, by priority', async () => {
    const mirror = await mirrorOf();
    const list = join(temporaryDir(), 'mirrors.list');
    const empty = await serveMirror(temporaryDir());
    writeFileSync(list, `# Ours\nhttp://127.0.0.1:1/debian\tpriority:9\n${mirror.uri}\n${empty.uri}/ priority:1\n`);
    const archive = await openMirror(mirror, { uri: `mirror+file:${list}` });
    await empty.close();
    expect(empty.requests.map(({ path }) => path)).toContain('/dists/trixie/InRelease');
    expect(archive.snapshot.map(({ address }) => address)).toEqual([mirror.uri]);
    expect(archive.candidate('hello')?.urls).toEqual([
      expect.stringMatching(/^file:/),
      expect.stringContaining(empty.uri),
      expect.stringContaining('127.0.0.1:1/'),
    ]);
    writeFileSync(list, '');
    await expect(openMirror(mirror, { uri: `mirror+file:${list}` })).rejects.toThrow('the list of mirrors is empty');
  });

  test('does not read files because a list that somebody sent names them', async () => {
    const mirror = await mirrorOf();
    writeFileSync(join(mirror.dir, 'list'), `${mirror.uri}\n`);
    const served = await serveMirror(mirror.dir);
    await expect(openMirror(mirror, { uri: `mirror+${served.uri}/list` })).rejects.toThrow(
      'the list of mirrors is empty',
    );
    await served.close();
  });

  test('names a component that the archive does not have', async () => {
    const mirror = await mirrorOf();
    const distribution = { ...mirror.distribution, components: ['main', 'universe'] };
    await expect(openMirror(mirror, { distribution })).rejects.toMatchObject({
      code: 'PACKAGES_UNAVAILABLE',
      message: expect.stringContaining('Cannot find component "universe" for amd64 in trixie'),
    });
  });

  test('asks for indexes by their hash where the archive offers that, once', async () => {
    const mirror = await mirrorOf();
    const served = await serveMirror(mirror.dir);
    const { uri, requests } = served;
    const store = await temporaryStore();
    await openMirror(mirror, { uri, store });
    await openMirror(mirror, { uri, store });
    await served.close();
    expect(requests.map(({ path }) => path)).toEqual([
      '/dists/trixie/InRelease',
      expect.stringMatching(/^\/dists\/trixie\/main\/binary-amd64\/by-hash\/SHA256\/[0-9a-f]{64}$/),
      '/dists/trixie/InRelease',
    ]);
  });

  test('explains an index that is not the one of the Release file', async () => {
    const mirror = await mirrorOf({ byHash: false });
    writeFileSync(join(mirror.dir, 'dists/trixie/main/binary-amd64/Packages.gz'), 'other');
    await expect(openMirror(mirror)).rejects.toMatchObject({
      code: 'MIRROR_OUT_OF_SYNC',
      exitCode: 75,
      detail: expect.stringContaining('Packages.gz: its SHA-256 sum is another'),
    });
  });

  test('reads no more than the size that the Release file says', async () => {
    const mirror = await mirrorOf({ byHash: false });
    const file = join(mirror.dir, 'dists/trixie/main/binary-amd64/Packages.gz');
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(1 << 20)]));
    await expect(openMirror(mirror)).rejects.toMatchObject({
      code: 'MIRROR_OUT_OF_SYNC',
      detail: expect.stringMatching(/Packages\.gz: it has more than \d+ bytes/),
    });
  });

  test('tries again when the server is busy or an answer breaks off, and gives up in the end', async () => {
    const mirror = await mirrorOf();
    const shaky = await serveMirror(mirror.dir, (path, nth) => {
      if (path.endsWith('InRelease')) return nth === 1 ? 503 : undefined;
      return nth === 1 ? 'cut' : undefined;
    });
    const archive = await openMirror(mirror, { uri: shaky.uri });
    await shaky.close();
    expect(archive.candidate('hello')).toBeDefined();
    const down = await serveMirror(mirror.dir, () => 503);
    await expect(openMirror(mirror, { uri: down.uri })).rejects.toMatchObject({
      code: 'NETWORK_UNAVAILABLE',
      exitCode: 75,
    });
    expect(down.requests).toHaveLength(3);
    await down.close();
  });
});
