import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { compareBytePaths } from '../../src/fs/byte-path.ts';
import { decodeIndex, encodeIndex } from '../../src/fs/stat-index-file.ts';
import { compareIndex, firstChange, indexTree, type StatIndex } from '../../src/fs/stat-index.ts';

/** A tree that has come to rest, so that its index is trusted. */
async function settledTree(): Promise<{ root: string; index: StatIndex }> {
  const root = temporaryDirectory('index');
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  mkdirSync(join(root, '.git'));
  for (const file of ['a', 'src/b', 'src/deep/c', 'z', '.git/HEAD']) writeFileSync(join(root, file), file);
  symlinkSync('a', join(root, 'link'));
  await delay(80);
  return { root, index: indexTree(root, { exclude }) };
}

const exclude = (path: string | Buffer): boolean => path === '.git' || path === 'ignored';

describe('firstChange()', () => {
  test('finds nothing in a tree that stayed as it was, also after the index was written down', async () => {
    const { root, index } = await settledTree();
    expect(index.paths).toEqual(['', 'a', 'link', 'src', 'src/b', 'src/deep', 'src/deep/c', 'z']);
    expect(firstChange(root, index, { exclude })).toBeUndefined();
    expect(firstChange(root, decodeIndex(encodeIndex(index))!, { exclude })).toBeUndefined();
  });

  test.each([
    {
      what: 'other content of the same size',
      change: (root: string) => writeFileSync(join(root, 'src/b'), 'BRC/b'),
      path: 'src/b',
    },
    { what: 'another mode', change: (root: string) => chmodSync(join(root, 'z'), 0o600), path: 'z' },
    { what: 'a new file', change: (root: string) => writeFileSync(join(root, 'src/new'), ''), path: 'src' },
    { what: 'a removed file', change: (root: string) => rmSync(join(root, 'src/deep/c')), path: 'src/deep' },
    { what: 'a renamed file', change: (root: string) => renameSync(join(root, 'a'), join(root, 'A')), path: '' },
    { what: 'a removed directory', change: (root: string) => rmSync(join(root, 'src'), { recursive: true }), path: '' },
    {
      what: 'a symlink that points elsewhere',
      change: (root: string) => {
        rmSync(join(root, 'link'));
        symlinkSync('z', join(root, 'link'));
      },
      path: 'link',
    },
    {
      what: 'content changed behind a restored modification time',
      change: (root: string) => {
        const { atime, mtime } = statSync(join(root, 'z'));
        writeFileSync(join(root, 'z'), 'Z');
        utimesSync(join(root, 'z'), atime, mtime);
      },
      path: 'z',
    },
  ])('finds $what', async ({ change, path }) => {
    const { root, index } = await settledTree();
    change(root);
    expect(firstChange(root, index, { exclude })).toBe(path);
  });

  test('does not mind what comes and goes among excluded names', async () => {
    const { root, index } = await settledTree();
    writeFileSync(join(root, 'ignored'), 'x');
    writeFileSync(join(root, '.git/HEAD'), 'other');
    rmSync(join(root, '.git/HEAD'));
    expect(firstChange(root, index, { exclude })).toBeUndefined();
  });

  test('does not trust what was written right before it was listed', () => {
    const root = temporaryDirectory('index');
    writeFileSync(join(root, 'fresh'), '1');
    expect(firstChange(root, indexTree(root))).toBeDefined();
  });

  test('does not trust times in whole seconds for two seconds', async () => {
    const { root } = await settledTree();
    const index = indexTree(root, { exclude });
    const seconds = Math.floor(index.takenAtMs / 1000) * 1000 - 1000;
    const numbers = index.numbers.map((value, at) => (at % 5 === 2 || at % 5 === 3 ? seconds : value));
    expect(compareIndex({ ...index, numbers }, { ...index, numbers })).toEqual(index.paths);
    expect(compareIndex({ ...index, numbers, takenAtMs: index.takenAtMs + 5000 }, { ...index, numbers })).toEqual([]);
  });
});

test('compareIndex() lists what came, went and changed', async () => {
  const { root, index } = await settledTree();
  writeFileSync(join(root, 'src/deep/new'), '');
  rmSync(join(root, 'z'));
  chmodSync(join(root, 'a'), 0o600);
  const now = indexTree(root, { exclude });
  expect(compareIndex(index, now).toSorted(compareBytePaths)).toEqual(['', 'a', 'src/deep', 'src/deep/new', 'z']);
});

test('decodeIndex() keeps names that are not UTF-8 and refuses what is cut or foreign', async () => {
  const { root } = await settledTree();
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe9])]), '');
  const index = indexTree(root);
  const bytes = encodeIndex(index);
  expect(decodeIndex(bytes)).toEqual(index);
  for (let length = 0; length < bytes.length; length += 1)
    expect(decodeIndex(bytes.subarray(0, length))).toBeUndefined();
  expect(decodeIndex(Buffer.from('something else entirely, and long enough to be read'))).toBeUndefined();
});
