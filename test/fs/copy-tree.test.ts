import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { showPath } from '../../src/fs/byte-path.ts';
import { copyFile, copyTree } from '../../src/fs/copy-tree.ts';

function sample(): { from: string; to: string } {
  const root = temporaryDirectory('copy');
  const from = join(root, 'from');
  mkdirSync(join(from, 'dir/deep'), { recursive: true });
  writeFileSync(join(from, 'dir/script'), 'run');
  chmodSync(join(from, 'dir/script'), 0o4710);
  writeFileSync(join(from, 'dir/deep/data'), 'data', { mode: 0o400 });
  linkSync(join(from, 'dir/script'), join(from, 'hard'));
  symlinkSync('../nowhere', join(from, 'dir/link'));
  chmodSync(join(from, 'dir/deep'), 0o555);
  utimesSync(join(from, 'dir/script'), 1000, 2000);
  utimesSync(join(from, 'dir'), 1000, 3000);
  return { from, to: join(root, 'to') };
}

test('copyTree() keeps modes, times, symlinks and read-only directories', async () => {
  const { from, to } = sample();
  await copyTree(from, to);
  expect(readFileSync(join(to, 'dir/script'), 'utf8')).toBe('run');
  expect(statSync(join(to, 'dir/script')).mode & 0o7777).toBe(0o4710);
  expect(statSync(join(to, 'dir/script')).mtimeMs).toBe(2_000_000);
  expect(statSync(join(to, 'dir')).mtimeMs).toBe(3_000_000);
  expect(statSync(join(to, 'dir/deep')).mode & 0o7777).toBe(0o555);
  expect(statSync(join(to, 'dir/deep/data')).mode & 0o7777).toBe(0o400);
  expect(readlinkSync(join(to, 'dir/link'))).toBe('../nowhere');
  expect(statSync(join(to, 'hard')).ino).not.toBe(statSync(join(from, 'hard')).ino);
});

test('copyTree() makes modes 0644 and 0755 when asked, whatever the umask', async () => {
  const { from, to } = sample();
  const umask = process.umask(0o077);
  try {
    await copyTree(from, to, { modes: 'normalize' });
  } finally {
    process.umask(umask);
  }
  const modes = ['', 'dir', 'dir/deep', 'dir/script', 'dir/deep/data'].map(
    (path) => statSync(join(to, path)).mode & 0o7777,
  );
  expect(modes).toEqual([0o755, 0o755, 0o755, 0o755, 0o644]);
});

test('copyTree() copies names that are not UTF-8 and tells about what it leaves out', async () => {
  const { from, to } = sample();
  const name = Buffer.from([0x2f, 0xe9]);
  writeFileSync(Buffer.concat([Buffer.from(from), name]), 'latin');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(from, 'socket'), resolve));
  const leftOut: string[] = [];
  await copyTree(from, to, { onLeftOut: (path) => leftOut.push(showPath(path)) });
  server.close();
  expect(leftOut).toEqual(['socket']);
  expect(readFileSync(Buffer.concat([Buffer.from(to), name]), 'utf8')).toBe('latin');
  expect(lstatSync(join(to, 'socket'), { throwIfNoEntry: false })).toBeUndefined();
});

test('copyTree() copies a single file or symlink', async () => {
  const { from, to } = sample();
  await copyTree(join(from, 'dir/link'), to);
  expect(readlinkSync(to)).toBe('../nowhere');
});

test('copyTree() refuses a place that is taken, and says which', async () => {
  const { from, to } = sample();
  writeFileSync(to, 'mine');
  await expect(copyTree(join(from, 'hard'), to)).rejects.toThrow('EEXIST');
  await expect(copyTree(from, to)).rejects.toThrow('EEXIST');
  expect(readFileSync(to, 'utf8')).toBe('mine');
});

test('copyFile() fails with SOURCE_CHANGED when the file is no longer the one listed', () => {
  const { from, to } = sample();
  const path = join(from, 'hard');
  const stats = lstatSync(path);
  writeFileSync(path, 'RUN');
  utimesSync(path, stats.atime, stats.mtime);
  expect(() => copyFile({ path, stats }, to, 'keep')).toThrow(expect.objectContaining({ code: 'SOURCE_CHANGED' }));
  expect(() => copyFile({ path: join(from, 'gone'), stats }, `${to}2`, 'keep')).toThrow(
    expect.objectContaining({ code: 'SOURCE_CHANGED' }),
  );
});
