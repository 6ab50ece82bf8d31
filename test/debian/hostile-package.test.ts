import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDeb } from '../../src/debian/deb-file.ts';
import type { UnpackedPackages } from '../../src/debian/unpack-packages.ts';
import { temporaryDir } from './archive-fixture.ts';
import { arFile, debFile, tarGz } from './deb.ts';
import { listing, unpack } from './unpack-fixture.ts';

describe('a hostile package', () => {
  const root = { uid: 0, gid: 0, mode: 0o644, sizeBytes: 0 };

  async function hostile(data: Parameters<typeof tarGz>[0]): Promise<UnpackedPackages> {
    const file = join(temporaryDir(), 'hostile.deb');
    const control = { path: './control', type: 'file' as const, ...root };
    const bytes = Buffer.from('Package: hostile\nVersion: 1\nArchitecture: amd64\n');
    writeFileSync(
      file,
      arFile([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar.gz', tarGz([{ ...control, sizeBytes: bytes.length, source: { kind: 'content', bytes } }])],
        ['data.tar.gz', tarGz(data)],
      ]),
    );
    return await unpack([file]);
  }

  test.each([
    ['leaves the root', { path: './../../etc/passwd', type: 'file' as const, ...root }],
    ['holds a device', { path: './dev/sda', type: 'block-device' as const, ...root, deviceMajor: 8, deviceMinor: 0 }],
    ['holds a pipe', { path: './run/pipe', type: 'fifo' as const, ...root }],
    [
      'links to what is not there',
      { path: './x', type: 'hardlink' as const, ...root, linkTarget: './../../etc/shadow' },
    ],
    ['has a name that is no text', { path: Buffer.from([0x2f, 0xff, 0xfe]), type: 'file' as const, ...root }],
  ])('that %s is refused', async (_, entry) => {
    await expect(hostile([entry])).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  test('that writes through its own symlink stays in the image', async () => {
    const made = await hostile([
      { path: './etc', type: 'symlink', ...root, linkTarget: '../../../../tmp/elsewhere' },
      { path: './etc/passwd', type: 'file', ...root },
      { path: './loop', type: 'symlink', ...root, linkTarget: 'loop' },
    ]);
    expect(listing(made)).toEqual([
      '/etc -> ../../../../tmp/elsewhere',
      '/loop -> loop',
      '/tmp 755',
      '/tmp/elsewhere 755',
      '/tmp/elsewhere/passwd 644',
    ]);
    await expect(
      hostile([
        { path: './loop', type: 'symlink', ...root, linkTarget: 'loop' },
        { path: './loop/x', type: 'file', ...root },
      ]),
    ).rejects.toMatchObject({ message: expect.stringContaining('too many symlinks') });
    await expect(
      hostile([
        { path: './file', type: 'file', ...root },
        { path: './file/x', type: 'file', ...root },
      ]),
    ).rejects.toMatchObject({ message: expect.stringContaining('one of its directories is a file') });
  });

  test.each([
    ['is no archive', Buffer.from('no archive at all')],
    ['is cut short', debFile({ name: 'hostile', files: { '/x': 'x'.repeat(5000) } }).subarray(0, -100)],
    [
      'lacks its data',
      arFile([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar.gz', tarGz([])],
      ]),
    ],
    [
      'is of another format',
      arFile([
        ['debian-binary', Buffer.from('3.0\n')],
        ['control.tar', Buffer.alloc(1024)],
        ['data.tar', Buffer.alloc(1024)],
      ]),
    ],
    [
      'is compressed in an unknown way',
      arFile([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar.lzo', Buffer.alloc(1024)],
        ['data.tar', Buffer.alloc(1024)],
      ]),
    ],
    [
      'has no control file',
      arFile([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar', Buffer.alloc(1024)],
        ['data.tar', Buffer.alloc(1024)],
      ]),
    ],
  ])('that %s is refused', async (_, bytes) => {
    const file = join(temporaryDir(), 'x.deb');
    writeFileSync(file, bytes);
    await expect(
      (async () => {
        const deb = await openDeb(file, 'package x');
        for await (const { content } of deb.data()) for await (const chunk of content) void chunk;
      })(),
    ).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });
});
