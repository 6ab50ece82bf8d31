import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { read, sourceDir, sourceMemory } from './source-fixture.ts';

// Larger than what is read in one piece, and no multiple of it.
const large = 'large '.repeat(400_000);

function files(): Readonly<Record<string, string>> {
  return { 'a/small': 'x', 'a/large': large, empty: '', run: '#!', link: '-> a/small', 'none/': '' };
}

test('copyTo() hashes on its way: the fingerprint is that of a tree that was only hashed, and the source is not read again', async () => {
  const root = sourceDir(files());
  chmodSync(join(root, 'run'), 0o700);
  const expected = await (await read(root)).tree.fingerprint();
  const memory = sourceMemory();
  const { tree } = await read(root, { memory });
  const to = temporaryDirectory('workspace');
  await tree.copyTo(to);
  writeFileSync(join(root, 'a/small'), 'changed after it was copied');
  expect(await tree.fingerprint()).toBe(expected);
  expect(memory.written).toBe(1);
  expect(readFileSync(join(to, 'a/large'), 'utf8')).toBe(large);
  expect(readdirSync(to)).toEqual(['a', 'empty', 'link', 'none', 'run']);
  expect((lstatSync(join(to, 'run')).mode & 0o7777).toString(8)).toBe('755');
});

test('copyTo() after fingerprint() copies the same and writes nothing down again', async () => {
  const root = sourceDir(files());
  const memory = sourceMemory();
  const { tree } = await read(root, { memory });
  const fingerprint = await tree.fingerprint();
  const to = temporaryDirectory('workspace');
  await tree.copyTo(to);
  expect(readFileSync(join(to, 'a/small'), 'utf8')).toBe('x');
  expect(memory.written).toBe(1);
  expect(await (await read(to)).tree.fingerprint()).toBe(await (await read(root)).tree.fingerprint());
  expect(await tree.fingerprint()).toBe(fingerprint);
});

test.each(['a/small', 'a/large'])('copyTo() refuses a link that has taken the place of the file %s', async (path) => {
  const root = sourceDir(files());
  const secret = join(temporaryDirectory('elsewhere'), 'secret');
  writeFileSync(secret, path === 'a/large' ? large : 'x');
  const { tree } = await read(root);
  unlinkSync(join(root, path));
  symlinkSync(secret, join(root, path));
  const to = temporaryDirectory('workspace');
  await expect(tree.copyTo(to)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(readdirSync(join(to, 'a'))).not.toContain(path.slice(2));
});

test('copyTo() does not follow a directory that was replaced by a link to another', async () => {
  const root = sourceDir({ 'a/b': 'x' });
  const elsewhere = sourceDir({ b: 'y' });
  const { tree } = await read(root);
  unlinkSync(join(root, 'a/b'));
  rmdirSync(join(root, 'a'));
  symlinkSync(elsewhere, join(root, 'a'));
  await expect(tree.copyTo(temporaryDirectory('workspace'))).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});
