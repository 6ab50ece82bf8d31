import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDeb } from '../../src/debian/deb-file.ts';
import { temporaryDir } from './archive-fixture.ts';

const dir = temporaryDir();
// Some of it cannot be compressed, so that a file that is cut short ends in the middle of it.
const content = Buffer.concat([randomBytes(3 << 20), Buffer.alloc(5 << 20, 'text ')]);

const files = new Map<string, string>();

/** Built by dpkg's own tool, once. */
function built(compression: string): string {
  const file = files.get(compression) ?? build(compression);
  files.set(compression, file);
  return file;
}

function build(compression: string): string {
  const root = join(dir, compression);
  mkdirSync(join(root, 'DEBIAN'), { recursive: true, mode: 0o755 });
  writeFileSync(
    join(root, 'DEBIAN/control'),
    'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x.example>\nDescription: x\n',
  );
  writeFileSync(join(root, 'content'), content);
  const file = join(dir, `${compression}.deb`);
  execFileSync('dpkg-deb', [`-Z${compression}`, '--root-owner-group', '-b', root, file], { stdio: 'pipe' });
  return file;
}

async function sums(file: string): Promise<readonly string[]> {
  const deb = await openDeb(file, 'package x');
  const found: string[] = [];
  for await (const { path, content: bytes } of deb.data()) {
    const hash = createHash('sha256');
    for await (const chunk of bytes) hash.update(chunk);
    found.push(`${String(path)} ${hash.digest('hex')}`);
  }
  return found;
}

const expected = `./content ${createHash('sha256').update(content).digest('hex')}`;

describe('openDeb()', () => {
  test.each(['xz', 'zstd', 'gzip', 'none'])('reads what dpkg-deb compresses with %s', async (compression) => {
    expect(await sums(built(compression))).toContain(expected);
  });

  test('refuses one that is cut short or damaged, and reads the next one as ever', async () => {
    const whole = built('xz');
    const size = statSync(whole).size;
    const broken = join(dir, 'broken.deb');
    const noise = ['if=/dev/urandom', `of=${broken}`, 'bs=1k', 'seek=1500', 'count=1', 'conv=notrunc'];
    for (const damage of [
      (): unknown => truncateSync(broken, size - (1 << 20)),
      (): unknown => execFileSync('dd', noise, { stdio: 'pipe' }),
    ]) {
      copyFileSync(whole, broken);
      damage();
      await expect(sums(broken)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
      expect(await sums(whole)).toContain(expected);
    }
  });

  test('lets another package be read when one is left in the middle', async () => {
    const file = built('xz');
    const { data } = await openDeb(file, 'package x');
    for await (const { path } of data()) if (String(path) === './content') break;
    expect(await sums(file)).toContain(expected);
  });
});
