import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { tarBytes } from '../../src/layer/tar-writer.ts';
import type { TestPackage } from './deb.ts';
import { listing, text, unpack } from './unpack-fixture.ts';

function md5(content: string): string {
  return createHash('md5').update(content).digest('hex');
}

describe('unpackPackages()', () => {
  test('gives what the packages ship, each directory once and before what is in it, with the content of files', async () => {
    const made = await unpack([
      { name: 'one', files: { '/usr/bin/one': { content: 'one', mode: 0o755 }, '/usr/share/one': 'x' } },
      { name: 'two', files: { '/usr/bin/two': { link: 'one' }, '/usr/bin/empty': '' } },
    ]);
    expect(listing(made)).toEqual([
      '/usr 755',
      '/usr/bin 755',
      '/usr/bin/empty 644',
      '/usr/bin/one 755',
      '/usr/bin/two -> one',
      '/usr/share 755',
      '/usr/share/one 644',
    ]);
    expect(text(made, '/usr/bin/one')).toBe('one');
    // What was listed is what an archive is made of.
    expect(Buffer.concat([...tarBytes(made.entries)]).length % 512).toBe(0);
  });

  test('moves what is shipped outside of /usr below it, where /usr is merged', async () => {
    const packages: readonly TestPackage[] = [
      { name: 'libc6', files: { '/lib64/ld.so': 'ld', '/lib/x/libc.so': 'c', '/bin/sh': { link: 'dash' } } },
      { name: 'base-files', files: { '/bin': { link: 'usr/bin' }, '/usr/lib/y': 'y' } },
    ];
    expect(listing(await unpack(packages, { mergedUsr: true }))).toEqual([
      '/bin -> usr/bin',
      '/lib -> usr/lib',
      '/lib64 -> usr/lib64',
      '/sbin -> usr/sbin',
      '/usr 755',
      '/usr/bin 755',
      '/usr/bin/sh -> dash',
      '/usr/lib 755',
      '/usr/lib/x 755',
      '/usr/lib/x/libc.so 644',
      '/usr/lib/y 644',
      '/usr/lib64 755',
      '/usr/lib64/ld.so 644',
    ]);
  });

  test('follows symlinks of other packages to directories, as dpkg does', async () => {
    const made = await unpack([
      { name: 'a-docs', files: { '/usr/share/doc/a': { link: 'common' }, '/usr/share/doc/common/x': 'x' } },
      { name: 'b-more', fields: { Depends: 'a-docs' }, files: { '/usr/share/doc/a/y': 'y' } },
    ]);
    expect(listing(made)).toContain('/usr/share/doc/common/y 644');
    expect(listing(made)).toContain('/usr/share/doc/a -> common');
  });

  test('drops setuid bits unless the rules keep them, and keeps the sticky bit', async () => {
    const packages: readonly TestPackage[] = [
      { name: 'su', files: { '/usr/bin/su': { content: 'su', mode: 0o4755 }, '/tmp': { directory: 0o1777 } } },
    ];
    expect(listing(await unpack(packages))).toContain('/usr/bin/su 755');
    expect(listing(await unpack(packages))).toContain('/tmp 1777');
    expect(listing(await unpack(packages, { setid: 'keep' }))).toContain('/usr/bin/su 4755');
  });

  test('leaves out what the rules drop and keeps what they keep of it, also in the lists of dpkg', async () => {
    const doc = '/usr/share/doc/app';
    const files = { [`${doc}/copyright`]: 'free', [`${doc}/changelog.gz`]: 'long', '/usr/bin/app': 'app' };
    const made = await unpack([{ name: 'app', files }], {
      drop: ['/usr/share/doc/**'],
      keep: ['/usr/share/doc/*/copyright'],
    });
    expect(listing(made).filter((line) => line.includes('doc'))).toEqual([
      '/usr/share/doc 755',
      '/usr/share/doc/app 755',
      '/usr/share/doc/app/copyright 644',
    ]);
    expect(text(made, '/var/lib/dpkg/info/app.list')).toBe(
      ['/.', '/usr', '/usr/bin', '/usr/bin/app', '/usr/share', '/usr/share/doc', `${doc}/copyright`, ''].join('\n'),
    );
    expect(text(made, '/var/lib/dpkg/info/app.md5sums')).toBe(
      `${md5('free')}  usr/share/doc/app/copyright\n${md5('app')}  usr/bin/app\n`,
    );
  });

  test('keeps hard links, from the first name to the others', async () => {
    const files = {
      '/usr/bin/perl5': 'perl',
      '/usr/bin/perl': { hardLink: '/usr/bin/perl5' },
      '/usr/bin/pl': { hardLink: '/usr/bin/perl' },
    };
    const made = await unpack([{ name: 'perl', files }]);
    expect(listing(made).slice(2)).toEqual([
      '/usr/bin/perl 644',
      '/usr/bin/perl5 => /usr/bin/perl',
      '/usr/bin/pl => /usr/bin/perl',
    ]);
    expect(text(made, '/usr/bin/perl')).toBe('perl');
    await expect(unpack([{ name: 'perl', files }], { drop: ['/usr/bin/perl5'] })).rejects.toMatchObject({
      code: 'STACK_UNFIT',
      message: 'Cannot leave out "/usr/bin/perl5": "/usr/bin/perl" is a hard link to it, and is not left out',
    });
  });

  test('lets a package replace files of another only if it says so', async () => {
    const old = { name: 'old', files: { '/usr/bin/x': 'old' } };
    const young = { name: 'young', files: { '/usr/bin/x': 'young' } };
    expect(text(await unpack([old, { ...young, fields: { Replaces: 'old (<< 2)' } }]), '/usr/bin/x')).toBe('young');
    expect(text(await unpack([{ ...old, fields: { Replaces: 'young' } }, young]), '/usr/bin/x')).toBe('old');
    await expect(unpack([old, young])).rejects.toMatchObject({
      code: 'STACK_UNFIT',
      message: 'Cannot unpack young 1.0-1: "/usr/bin/x" is also in old 1.0-1',
    });
  });

  test('writes what scanners read: a paragraph for each package, those of the layers below among them', async () => {
    const made = await unpack(
      [
        {
          name: 'app',
          fields: { 'Multi-Arch': 'same', Source: 'suite (2.0)' },
          files: { '/etc/app.conf': 'a=1\n' },
          control: { conffiles: '/etc/app.conf\n' },
        },
      ],
      {},
      ['Package: zlib1g\nStatus: install ok installed\nVersion: 1\n'],
    );
    expect(made.status).toHaveLength(1);
    expect(text(made, '/var/lib/dpkg/status')).toBe(`Package: app
Status: install ok installed
Version: 1.0-1
Architecture: amd64
Maintainer: Nobody <nobody@packages.example>
Priority: optional
Description: app for tests
Multi-Arch: same
Source: suite (2.0)
Conffiles:
 /etc/app.conf ${md5('a=1\n')}

Package: zlib1g
Status: install ok installed
Version: 1

`);
    expect(text(made, '/var/lib/dpkg/info/app:amd64.list')).toContain('/etc/app.conf\n');
  });

  test('gives the same for the same packages, whatever order they are wanted in', async () => {
    const packages = [
      { name: 'a', files: { '/a': 'a' }, fields: { Depends: 'b' } },
      { name: 'b', files: { '/b': 'b' } },
      { name: 'c', files: { '/c': { link: 'a' } } },
    ];
    const bytes = async (list: readonly TestPackage[]): Promise<string> =>
      Buffer.concat([...tarBytes((await unpack(list)).entries)]).toString('base64');
    expect(await bytes(packages)).toBe(await bytes(packages.toReversed()));
  });

  test('does what rules say in place of scripts', async () => {
    const certificates = { '/usr/share/ca/b.crt': 'B\n', '/usr/share/ca/a.crt': 'A' };
    const made = await unpack(
      [{ name: 'ca', files: { ...certificates, '/usr/share/base/nsswitch.conf': 'hosts: files\n' } }],
      {
        drop: ['/usr/share/base'],
        users: [{ name: 'app', uid: 1001, gid: 0, comment: '', home: '/home/app', shell: '/usr/sbin/nologin' }],
        groups: [{ name: 'root', gid: 0, members: ['app'] }],
        links: [{ path: '/usr/bin/awk', target: 'mawk' }],
        copies: [{ from: '/usr/share/base/nsswitch.conf', to: '/etc/nsswitch.conf' }],
        joins: [{ from: '/usr/share/ca/*.crt', to: '/etc/ssl/certs/ca-certificates.crt' }],
        directories: [{ path: '/tmp', mode: 0o1777, uid: 0, gid: 0 }],
      },
    );
    expect(text(made, '/etc/passwd')).toBe('app:x:1001:0::/home/app:/usr/sbin/nologin\n');
    expect(text(made, '/etc/group')).toBe('root:x:0:app\n');
    expect(text(made, '/etc/nsswitch.conf')).toBe('hosts: files\n');
    expect(text(made, '/etc/ssl/certs/ca-certificates.crt')).toBe('A\nB\n');
    expect(listing(made)).toEqual(expect.arrayContaining(['/tmp 1777', '/usr/bin/awk -> mawk']));
    expect(listing(made).join('\n')).not.toContain('/usr/share/base');
    await expect(unpack([{ name: 'ca' }], { copies: [{ from: '/none', to: '/etc/x' }] })).rejects.toMatchObject({
      message: 'Cannot make "/etc/x" for the stack: no package has the file "/none"',
    });
  });

  test('names every package whose scripts no rule covers', async () => {
    const generated = `#!/bin/sh
set -e
# Automatically added by dh_makeshlibs/13.20
if [ "$1" = configure ]; then ldconfig; fi
# End automatically added section

exit 0
`;
    const packages: readonly TestPackage[] = [
      { name: 'a', control: { postinst: '#!/bin/sh\nadduser a\n', preinst: '#!/bin/sh\nset -e\n' } },
      { name: 'b', control: { postinst: generated, prerm: '#!/bin/sh\nrm -rf /\n' } },
      { name: 'c', control: { preinst: generated.replace('dh_makeshlibs', 'dh_other') } },
      { name: 'd', control: { postinst: `${generated}touch /x\n` } },
    ];
    const rules = { generatedSections: ['dh_makeshlibs'] };
    await expect(unpack(packages, rules)).rejects.toMatchObject({
      code: 'STACK_UNFIT',
      detail: 'a: postinst\nc: preinst\nd: postinst',
    });
    const scripts = [
      { package: 'a', scripts: ['postinst' as const], because: 'the stack has the user' },
      { package: 'c', scripts: ['preinst' as const], because: 'it is for upgrades' },
      { package: 'd', scripts: ['postinst' as const], because: 'it is a test' },
    ];
    await expect(unpack(packages, { ...rules, scripts })).resolves.toBeDefined();
  });
});
