import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readBindings } from '../../src/platform/read-bindings.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDirectory('bindings');
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), content);
}

const read = (...flags: readonly string[]): object =>
  Object.fromEntries(
    readBindings(flags, dir).map(({ name, files }) => [
      name,
      Object.fromEntries([...files].map(([file, content]) => [file, Buffer.from(content).toString()])),
    ]),
  );

test('a directory with a type is one binding, any other one holds several [BND-01]', () => {
  write('db/type', 'postgresql');
  write('db/uri', 'secret');
  expect(read('db')).toEqual({ db: { type: 'postgresql', uri: 'secret' } });
  expect(read('other=db')).toEqual({ other: { type: 'postgresql', uri: 'secret' } });
  write('all/one/type', 'a');
  write('all/two/type', 'b');
  write('all/three/no-type', 'c');
  expect(read('all')).toEqual({ one: { type: 'a' }, two: { type: 'b' } });
});

test('links that a cluster mounts are followed, what is hidden is not read [BND-01]', () => {
  write('secret/..2026/type', 'redis');
  symlinkSync('..2026', join(dir, 'secret', '..data'));
  symlinkSync('..data/type', join(dir, 'secret', 'type'));
  expect(read('secret')).toEqual({ secret: { type: 'redis' } });
});

test.each([['nowhere'], ['empty'], ['x=empty']])('--binding %s is refused', (flag) => {
  mkdirSync(join(dir, 'empty'));
  expect(() => read(flag)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
});

test('two bindings of one name are refused', () => {
  write('a/db/type', 'x');
  write('b/db/type', 'y');
  expect(() => read('a', 'b')).toThrow('there are two bindings of this name');
});
