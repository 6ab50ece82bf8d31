import { expect, test } from 'vitest';
import { compileGoGlob } from '../../src/cnb/go-glob.ts';

// What Go 1.26's filepath.Match answered; `error` stands for ErrBadPattern.
test.each<readonly [pattern: string, path: string, answer: boolean | 'error']>([
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['a?b', 'a/b', false],
  ['a*b', 'a/b', false],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'z', false],
  ['[]a]', ']', 'error'],
  ['[-]', '-', 'error'],
  ['[x-]', 'x', 'error'],
  ['[a-b-c]', 'a', 'error'],
  ['[', 'a', 'error'],
  ['[^', 'a', 'error'],
  ['[^bc', 'a', 'error'],
  ['a[', 'ab', 'error'],
  ['*x', 'xxx', true],
  ['[z-a]', 'm', false],
  ['**', 'a/b', false],
  ['.*', '.env', true],
])('compileGoGlob() answers for %s and %s: %s', (pattern, path, answer) => {
  const glob = compileGoGlob(pattern);
  expect(glob === undefined ? 'error' : glob(path)).toBe(answer);
});
