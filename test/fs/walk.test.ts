import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { showPath } from '../../src/fs/byte-path.ts';
import { walk } from '../../src/fs/walk.ts';

function treeOf(files: readonly string[]): string {
  const root = temporaryDirectory('walk');
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    if (file.endsWith('/')) mkdirSync(join(root, file));
    else writeFileSync(join(root, file), '');
  }
  return root;
}

const names = (root: string, order: 'walk' | 'path'): string[] =>
  [...walk(root, { order })].map(({ relative }) => showPath(relative));

test('walk() lists a directory right before its content, names by their bytes', () => {
  const root = treeOf(['a/x', 'a-b', 'a.txt', 'B', 'a/b/c', 'empty/', '\u{1f427}', '\ufb01']);
  expect(names(root, 'walk')).toEqual([
    '',
    'B',
    'a',
    'a/b',
    'a/b/c',
    'a/x',
    'a-b',
    'a.txt',
    'empty',
    '\ufb01',
    '\u{1f427}',
  ]);
});

test('walk() lists by whole paths when asked, so that "a-b" comes before "a/x"', () => {
  const files = [
    'a/x',
    'a-b',
    'a-b-c/y',
    'a-b-c/z/q',
    'a.txt',
    'a0',
    'a/b/c',
    'a/b-c/d',
    'b/',
    'b!',
    'b!/c!/d',
    'b!/c',
    'c!',
  ];
  const root = treeOf(files.filter((file) => file !== 'b!'));
  const listed = names(root, 'path');
  expect(listed).toEqual(names(root, 'walk').toSorted());
  expect(listed.indexOf('a-b')).toBeLessThan(listed.indexOf('a/x'));
});

test('walk() lists symlinks and does not follow them, and stays out where told', () => {
  const root = treeOf(['in/f', 'out/f']);
  symlinkSync('in', join(root, 'link'));
  const listed = [...walk(root, { enter: (relative) => relative !== 'out' })].map(({ relative }) => relative);
  expect(listed).toEqual(['', 'in', 'in/f', 'link', 'out']);
});

test('walk() keeps names that are not UTF-8', () => {
  const root = treeOf(['a']);
  const name = Buffer.from([0x63, 0xe9]);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), 'x');
  const listed = [...walk(root)].map(({ relative }) => relative);
  expect(listed).toEqual(['', 'a', name]);
});

test('walk() says so when a file vanishes meanwhile', () => {
  const root = treeOf(['a', 'b']);
  const files = walk(root);
  files.next();
  files.next();
  rmSync(join(root, 'b'));
  expect(() => files.next()).toThrow(expect.objectContaining({ code: 'SOURCE_CHANGED' }));
});
