import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sliceFiles } from '../../src/lifecycle/slice-files.ts';

/** `a/` is a directory, `a/b` a file in it. */
function tree(...paths: readonly string[]): { path: string; isDirectory: boolean }[] {
  return ['', ...paths].map((path) => ({
    path: path.replace(/\/$/, ''),
    isDirectory: path === '' || path.endsWith('/'),
  }));
}

function slice(files: ReturnType<typeof tree>, ...slices: readonly (readonly string[])[]): string[][] {
  const lists = sliceFiles(
    files,
    slices.map((paths) => ({ paths })),
    '/workspace',
  );
  return lists.map((list) => list.map(({ path }) => path));
}

test('EXP-09 without slices there is one list with everything, sorted by the bytes of the path', () => {
  expect(slice(tree('a/', 'a/x', 'a-b', 'é', 'z'))).toEqual([['', 'a', 'a-b', 'a/x', 'z', 'é']]);
});

test('EXP-09 a slice sees only what earlier ones left, and one that matches nothing is empty', () => {
  expect(slice(tree('a.txt', 'b.txt'), ['a*'], ['*.txt'], ['none'])).toEqual([['', 'a.txt'], ['', 'b.txt'], [], []]);
});

test('EXP-10 a matched directory takes its subtree; parents of a match are repeated where they are not done', () => {
  const files = tree('a/', 'a/b/', 'a/b/one', 'a/c', 'd');
  expect(slice(files, ['a/b'])).toEqual([
    ['', 'a', 'a/b', 'a/b/one'],
    ['', 'a', 'a/c', 'd'],
  ]);
});

test('EXP-10 a directory whose children are all in slices is not in the rest', () => {
  expect(slice(tree('a/', 'a/one', 'a/two', 'b'), ['a/one'], ['a/two'])).toEqual([
    ['', 'a', 'a/one'],
    ['', 'a', 'a/two'],
    ['', 'b'],
  ]);
});

test('EXP-10 when every file is in slices the rest is empty', () => {
  expect(slice(tree('a/', 'a/one'), ['a/*'])).toEqual([['', 'a', 'a/one'], []]);
});

test('EXP-11 patterns are cleaned, and stop at slashes', () => {
  expect(slice(tree('a/', 'a/b'), ['./a/'])[0]).toEqual(['', 'a', 'a/b']);
  expect(slice(tree('a/', 'a/b.txt'), ['*.txt'])[0]).toEqual([]);
});

test('EXP-12 an absolute pattern inside the application matches; one outside never does', () => {
  expect(slice(tree('a', 'b'), ['/workspace/a', '/etc/b', '../b'])).toEqual([
    ['', 'a'],
    ['', 'b'],
  ]);
});

test('sliceFiles() refuses a malformed pattern', () => {
  expect(() => slice(tree('a'), ['['])).toThrow(/malformed/);
});

test('sliceFiles() puts every file into exactly one list, whatever the patterns', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path), fc.array(fc.array(pattern)), (leaves, slices) => {
      const directories = new Set(
        leaves.flatMap((leaf) => leaf.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))),
      );
      const files = [...new Set(['', ...directories, ...leaves])].map((item) => ({
        path: item,
        isDirectory: directories.has(item) || item === '',
      }));
      const lists = sliceFiles(
        files,
        slices.map((paths) => ({ paths })),
        '/workspace',
      );
      for (const { path: file, isDirectory } of files) {
        const count = lists.filter((list) => list.some((item) => item.path === file)).length;
        expect(isDirectory ? Math.min(count, 1) : count).toBe(1);
      }
      // A list with a file has the directories above it, so that it unpacks alone.
      for (const list of lists.slice(0, -1)) {
        const paths = new Set(list.map((item) => item.path));
        const orphans = [...paths].filter((item) => item !== '' && !paths.has(item.split('/').slice(0, -1).join('/')));
        expect(orphans).toEqual([]);
      }
    }),
  );
});
