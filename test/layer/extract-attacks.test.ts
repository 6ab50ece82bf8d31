import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { extractTar, type ExtractOptions } from '../../src/layer/extract.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { directory, file, link, special, streamOf, tarOf } from './support/hostile-tar.ts';

interface Place {
  readonly outside: string;
  readonly dir: string;
  extract(entries: readonly TarEntry[], options?: ExtractOptions): Promise<void>;
}

/** A directory to extract into, beside a file that no archive may touch. */
function place(): Place {
  const outside = temporaryDirectory('attack');
  const dir = join(outside, 'root');
  mkdirSync(dir);
  writeFileSync(join(outside, 'precious'), 'precious');
  return { outside, dir, extract: (entries, options) => extractTar(streamOf(tarOf(entries)), dir, options) };
}

function expectUntouched({ outside }: Place): void {
  expect(readdirSync(outside).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['precious', 'root']);
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious');
}

// @cnb SEC-05
describe('extractTar() refuses', () => {
  test.each([
    { attack: 'a name with ".." at its start', entries: [file('../escaped')] },
    { attack: 'a name with ".." in its middle', entries: [file('a/../../escaped')] },
    { attack: 'an absolute name with ".."', entries: [file('/../escaped')] },
    { attack: 'a name that is ".."', entries: [directory('..')] },
    { attack: 'a symlink in place of the root', entries: [link('symlink', '/', '/etc')] },
    { attack: 'a file in place of the root', entries: [file('.')] },
    { attack: 'a name that passes through a file', entries: [file('a'), file('a/b')] },
    {
      attack: 'symlinks that go round in circles',
      entries: [link('symlink', 'a', 'b'), link('symlink', 'b', 'a'), file('a/x')],
    },
    { attack: 'a hard link to what is not there', entries: [link('hardlink', 'a', 'nowhere')] },
    { attack: 'a hard link to a directory', entries: [directory('d'), link('hardlink', 'a', 'd')] },
    { attack: 'a hard link out of the root', entries: [link('hardlink', 'a', '../precious')] },
    { attack: 'a hard link to itself', entries: [file('a'), link('hardlink', 'a', './a')] },
    { attack: 'a name part that no file system takes', entries: [file(`a/${'n'.repeat(256)}`)] },
  ])('$attack', async ({ entries }) => {
    const where = place();
    await expect(where.extract(entries)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', hint: expect.any(String) });
    expectUntouched(where);
  });

  test.each(['.wh.', '.wh..', '.wh...'])(
    'the deletion mark %s, which would delete the directory or what is above it',
    async (name) => {
      const where = place();
      await expect(where.extract([directory('d'), file(`d/${name}`)], { whiteouts: true })).rejects.toMatchObject({
        code: 'ARCHIVE_INVALID',
      });
      expectUntouched(where);
      expect(existsSync(join(where.dir, 'd'))).toBe(true);
    },
  );

  test('more content than allowed', async () => {
    const where = place();
    const bomb = gzipSync(tarOf([file('a', 'x'.repeat(5000)), file('b', 'x'.repeat(5001))]));
    await expect(extractTar(streamOf(bomb), where.dir, { maxContentBytes: 10_000 })).rejects.toThrow(
      'more than 10000 bytes',
    );
  });

  test('an archive that is cut short', async () => {
    const where = place();
    const tar = tarOf([file('a', 'x'.repeat(5000))]);
    await expect(extractTar(streamOf(tar.subarray(0, 3000)), where.dir)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });

  test('what is no archive', async () => {
    const where = place();
    await expect(extractTar(streamOf(Buffer.alloc(2048, 'no tar ')), where.dir)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });

  test('damaged and trailing compressed data', async () => {
    const where = place();
    const gzip = gzipSync(tarOf([file('a', 'content')]));
    const damaged = Buffer.from(gzip);
    damaged[gzip.length - 6]! ^= 0xff;
    const invalid = { code: 'ARCHIVE_INVALID' };
    await expect(extractTar(streamOf(damaged), where.dir)).rejects.toMatchObject(invalid);
    await expect(extractTar(streamOf(gzip.subarray(0, -10)), where.dir)).rejects.toMatchObject(invalid);
    for (const garbage of ['garbage', 'g'.repeat(100_000)]) {
      await expect(extractTar(streamOf(Buffer.concat([gzip, Buffer.from(garbage)])), where.dir)).rejects.toMatchObject(
        invalid,
      );
    }
  });

  test('a link with content, which readers understand differently', async () => {
    const tar = tarOf([link('symlink', 'a', 'b')]);
    tar.write('00000001000', 124);
    tar.fill(' ', 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    await expect(extractTar(streamOf(Buffer.concat([tar, Buffer.alloc(512)])), place().dir)).rejects.toThrow(
      'cannot have content',
    );
  });
});

describe('extractTar() stays inside', () => {
  test('when a name passes through an absolute symlink', async () => {
    const where = place();
    await where.extract([link('symlink', 'out', where.outside), file('out/precious')]);
    expectUntouched(where);
    expect(readFileSync(join(where.dir, where.outside, 'precious'), 'utf8')).toBe('hostile');
  });

  test('when a name passes through a symlink with more ".." than there are directories', async () => {
    const where = place();
    await where.extract([link('symlink', 'out', '../../../../../..'), file('out/precious')]);
    expectUntouched(where);
    expect(readFileSync(join(where.dir, 'precious'), 'utf8')).toBe('hostile');
  });

  test('when symlinks lead to symlinks', async () => {
    const where = place();
    const entries = [
      link('symlink', 'a', 'b/..'),
      link('symlink', 'b', '/c/../..'),
      directory('c'),
      file('a/precious'),
    ];
    await where.extract(entries);
    expectUntouched(where);
    expect(readFileSync(join(where.dir, 'precious'), 'utf8')).toBe('hostile');
  });

  test('when a file takes the place of a symlink that points outside', async () => {
    const where = place();
    await where.extract([link('symlink', 'a', `${where.outside}/precious`), file('a')]);
    expectUntouched(where);
    expect(lstatSync(join(where.dir, 'a')).isFile()).toBe(true);
  });

  test('when a directory takes the place of a symlink that points outside', async () => {
    const where = place();
    await where.extract([link('symlink', 'a', where.outside), directory('a'), file('a/precious')]);
    expectUntouched(where);
    expect(readFileSync(join(where.dir, 'a/precious'), 'utf8')).toBe('hostile');
  });

  test('when a directory becomes a symlink between two of its files', async () => {
    const where = place();
    await where.extract([directory('a'), file('a/one'), link('symlink', 'a', where.outside), file('a/precious')]);
    expectUntouched(where);
    expect(readlinkSync(join(where.dir, 'a'))).toBe(where.outside);
  });

  test('when the mode of a directory is due after a symlink took its place', async () => {
    const where = place();
    const before = statSync(where.outside).mode;
    await where.extract([directory('a', 0o777), link('symlink', 'a', where.outside)]);
    expect(statSync(where.outside).mode).toBe(before);
  });

  test('when a hard link leads to a symlink that points outside', async () => {
    const where = place();
    await where.extract([link('symlink', 'a', `${where.outside}/precious`), link('hardlink', 'b', 'a'), file('b')]);
    expectUntouched(where);
    expect(readFileSync(join(where.dir, 'b'), 'utf8')).toBe('hostile');
  });

  test('when a hard link passes through a symlink that points outside', async () => {
    const where = place();
    const entries = [link('symlink', 'out', where.outside), link('hardlink', 'a', 'out/precious')];
    await expect(where.extract(entries)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    expectUntouched(where);
  });

  test('when a deletion mark passes through a symlink that points outside', async () => {
    const where = place();
    const entries = [link('symlink', 'out', where.outside), file('out/.wh.precious'), file('out/.wh..wh..opq')];
    await where.extract(entries, { whiteouts: true });
    expectUntouched(where);
    expect(readdirSync(join(where.dir, where.outside))).toEqual([]);
  });
});

test('extractTar() makes no devices and pipes, keeps their names free and says so', async () => {
  const where = place();
  const leftOut: string[] = [];
  await where.extract(
    [special('character-device', 'dev/null'), special('block-device', 'dev/sda'), special('fifo', 'pipe')],
    { onLeftOut: (path, what) => leftOut.push(`${what} ${path.toString()}`) },
  );
  expect(leftOut).toEqual(['character-device dev/null', 'block-device dev/sda', 'fifo pipe']);
  expect(readdirSync(join(where.dir, 'dev'))).toEqual([]);
});

test('extractTar() drops setuid and setgid bits unless told to keep them', async () => {
  const where = place();
  await where.extract([file('a', 'x', 0o6755)]);
  expect(statSync(join(where.dir, 'a')).mode & 0o7777).toBe(0o755);
  await where.extract([file('a', 'x', 0o6755)], { setid: 'keep' });
  expect(statSync(join(where.dir, 'a')).mode & 0o7777).toBe(0o6755);
});
