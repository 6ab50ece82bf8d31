import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { removeTree } from '../../src/fs/remove-tree.ts';
import { escapes } from '../../src/source/list-source.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { paths, read, sourceDir, sourceMemory, writeFile } from './source-fixture.ts';

function emptyDir(): string {
  const dir = temporaryDirectory('workspace');
  return dir;
}

/** Makes everything look as if it had not been touched for an hour: what was just written is never trusted. */
function settle(root: string): void {
  const past = new Date(Date.now() - 3_600_000);
  for (const path of ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })]) {
    const file = join(root, path);
    if (!lstatSync(file).isSymbolicLink()) utimesSync(file, past, past);
  }
}

const pause = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 80));

test('readSource() lists kinds, sizes, modes and link targets, sorted', async () => {
  const root = sourceDir({ 'b.txt': 'text', 'a/run': '#!', 'a-b': '', link: '-> a/run', ä: '' });
  chmodSync(join(root, 'a/run'), 0o700);
  const { tree } = await read(root);
  expect(
    tree.entries.map(({ path, type, sizeBytes, executable, linkTarget }) => ({
      path,
      type,
      sizeBytes,
      executable,
      linkTarget,
    })),
  ).toEqual([
    { path: 'a', type: 'directory', sizeBytes: 0, executable: true, linkTarget: undefined },
    { path: 'a/run', type: 'file', sizeBytes: 2, executable: true, linkTarget: undefined },
    { path: 'a-b', type: 'file', sizeBytes: 0, executable: false, linkTarget: undefined },
    { path: 'b.txt', type: 'file', sizeBytes: 4, executable: false, linkTarget: undefined },
    { path: 'link', type: 'symlink', sizeBytes: 5, executable: false, linkTarget: 'a/run' },
    { path: 'ä', type: 'file', sizeBytes: 0, executable: false, linkTarget: undefined },
  ]);
});

test('readSource() leaves out special files and reports links that lead out', async () => {
  const root = sourceDir({
    'in/x': '',
    good: '-> in/x',
    bad: '-> ../secret',
    'in/up': '-> ../../y',
    absolute: '-> /etc/passwd',
  });
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const server = createServer().listen(join(root, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  const { tree, events } = await read(root);
  server.close();
  expect(tree.entries.map(({ path }) => path)).toEqual(['absolute', 'bad', 'good', 'in', 'in/up', 'in/x']);
  expect(tree.hiddenBy('pipe')).toBe('no regular file');
  expect(events.map((event) => ('message' in event ? event.message : ''))).toEqual([
    'Left out "pipe", "socket": sockets, named pipes and devices cannot be part of an image',
    'Symbolic links lead out of the source, to what will not be in the image: "absolute -> /etc/passwd", "bad -> ../secret", "in/up -> ../../y"',
  ]);
});

test.each([
  { path: 'a/b', target: '../c', out: false },
  { path: 'a/b', target: '../../c', out: true },
  { path: 'b', target: '..', out: true },
  { path: 'b', target: '..c', out: false },
  { path: 'b', target: '/x', out: true },
])('escapes() is $out for $path -> $target', ({ path, target, out }) => {
  expect(escapes(path, target)).toBe(out);
});

test('readSource() refuses an application that is no directory', async () => {
  const root = sourceDir({ file: '' });
  await expect(read(root, { appPath: 'file' })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
  await expect(read(root, { appPath: 'absent' })).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' });
});

test('copyTo() gives modes 0644 and 0755 under any umask, and links as they are', async () => {
  const root = sourceDir({
    'd/run': 'x',
    'd/data': 'y',
    link: '-> ../outside',
    'out/hidden': '',
    '.dockerignore': 'out',
  });
  chmodSync(join(root, 'd/run'), 0o711);
  chmodSync(join(root, 'd/data'), 0o600);
  chmodSync(join(root, 'd'), 0o700);
  const { tree } = await read(root);
  const to = emptyDir();
  const umask = process.umask(0o077);
  await tree.copyTo(to).finally(() => process.umask(umask));
  expect(readdirSync(to)).toEqual(['.dockerignore', 'd', 'link']);
  const modes = ['.', 'd', 'd/run', 'd/data'].map((path) => (lstatSync(join(to, path)).mode & 0o7777).toString(8));
  expect(modes).toEqual(['755', '755', '755', '644']);
  expect(readFileSync(join(to, 'd/data'), 'utf8')).toBe('y');
  expect(readlinkSync(join(to, 'link'))).toBe('../outside');
});

test('copyTo() and fingerprint() refuse a file that changed since it was listed', async () => {
  const root = sourceDir({ a: '', b: 'before' });
  const { tree } = await read(root);
  writeFileSync(join(root, 'b'), 'after!');
  await expect(tree.copyTo(emptyDir())).rejects.toMatchObject({
    code: 'SOURCE_CHANGED',
    message: expect.stringContaining('/b"'),
  });
  await expect(tree.fingerprint()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  const again = await read(root);
  unlinkSync(join(root, 'a'));
  await expect(again.tree.copyTo(emptyDir())).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});

test('fingerprint() names all files that cannot be read', async () => {
  const root = sourceDir({ 'a/one': 'x', two: 'y', three: 'z' });
  for (const path of ['a/one', 'two']) chmodSync(join(root, path), 0o000);
  chmodSync(root, 0o755);
  const { tree } = await read(root);
  // Permissions do not stop root.
  const isRoot = process.getuid?.() === 0;
  const expected = {
    code: 'SOURCE_UNREADABLE',
    message: `Cannot read 2 files in "${root}": permission denied`,
    detail: 'a/one\ntwo',
    hint: expect.stringContaining('exclude it'),
  };
  if (isRoot) process.seteuid?.(65_534);
  try {
    await expect(tree.fingerprint()).rejects.toMatchObject(expected);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test('copyTo() keeps a name that is not UTF-8', async () => {
  const root = sourceDir({ a: '' });
  const latin1 = Buffer.from('caf\xe9', 'latin1');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), latin1]), 'x');
  const to = emptyDir();
  await (await read(root)).tree.copyTo(to);
  expect(readdirSync(to, 'buffer').map((name) => name.toString('latin1'))).toEqual(['a', 'caf\xe9']);
});

test('fingerprint() is the same for two copies with other times and modes', async () => {
  const root = sourceDir({ 'a/b': 'x', run: '#!', link: '-> run', 'empty/': '' });
  chmodSync(join(root, 'run'), 0o755);
  const copy = emptyDir();
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
  chmodSync(join(copy, 'a/b'), 0o600);
  chmodSync(join(copy, 'run'), 0o711);
  settle(copy);
  const [one, two] = await Promise.all([root, copy].map(async (dir) => await (await read(dir)).tree.fingerprint()));
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(two).toBe(one);
});

const edits: Readonly<Record<string, (root: string) => void>> = {
  content: (root) => writeFileSync(join(root, 'a/b'), 'y'),
  mode: (root) => chmodSync(join(root, 'a/b'), 0o755),
  'a new file': (root) => writeFileSync(join(root, 'a/new'), ''),
  'a new empty directory': (root) => mkdirSync(join(root, 'new')),
  'a removed file': (root) => unlinkSync(join(root, 'c')),
  'a renamed file': (root) => renameSync(join(root, 'c'), join(root, 'd')),
  'a link in place of a file': (root) => {
    unlinkSync(join(root, 'c'));
    writeFile(root, 'c', '-> x');
  },
  'another link target': (root) => {
    unlinkSync(join(root, 'link'));
    writeFile(root, 'link', '-> c');
  },
  'content of equal length with its time set back': (root) => {
    const { atime, mtime } = lstatSync(join(root, 'a/b'));
    writeFileSync(join(root, 'a/b'), 'z');
    utimesSync(join(root, 'a/b'), atime, mtime);
  },
};

test.each(Object.keys(edits))('fingerprint() notices %s, with and without a memory', async (name) => {
  const root = sourceDir({ 'a/b': 'x', c: '', link: '-> a' });
  settle(root);
  await pause();
  const memory = sourceMemory();
  const before = await (await read(root, { memory })).tree.fingerprint();
  edits[name]?.(root);
  const remembered = await (await read(root, { memory })).tree.fingerprint();
  expect(remembered).not.toBe(before);
  expect(await (await read(root)).tree.fingerprint()).toBe(remembered);
});

test('fingerprint() of an unchanged tree reads no file and lists no directory', async () => {
  const root = sourceDir({
    'a/b': 'x',
    c: 'y',
    link: '-> a',
    '.npmrc': '_auth=x',
    'kept/deep/in': '',
    'kept/out': '',
    '.dockerignore': 'kept\n!kept/deep\n',
  });
  execFileSync('mkfifo', [join(root, 'pipe')]);
  settle(root);
  await pause();
  const memory = sourceMemory();
  const first = await read(root, { memory });
  const before = await first.tree.fingerprint();
  expect(memory.written).toBe(1);
  const second = await read(root, { memory });
  expect(await second.tree.fingerprint()).toBe(before);
  expect(memory.written).toBe(1);
  expect(second.tree.entries).toEqual(first.tree.entries);
  expect(second.events).toEqual(first.events);
  // The answer comes from the memory: what stands there is what is given.
  memory.bytes = Buffer.from(memory.bytes!.toString('latin1').replace(before, '0'.repeat(64)), 'latin1');
  expect(await (await read(root, { memory })).tree.fingerprint()).toBe('0'.repeat(64));
});

test('readSource() with a memory notices what enters a directory that was hidden except for a part', async () => {
  const root = sourceDir({ 'kept/deep/in': '', 'kept/out': '', '.dockerignore': 'kept\n!kept/deep*\n' });
  settle(root);
  await pause();
  const memory = sourceMemory();
  await (await read(root, { memory })).tree.fingerprint();
  writeFileSync(join(root, 'kept/out2'), '');
  expect(await paths(root, { memory })).toEqual(['.dockerignore', 'kept/', 'kept/deep/', 'kept/deep/in']);
  writeFileSync(join(root, 'kept/deeper'), '');
  expect(await paths(root, { memory })).toContain('kept/deeper');
});

test('readSource() with a memory notices that an .npmrc lost its token and that rules changed', async () => {
  const root = sourceDir({ '.npmrc': '_auth=literal', 'a.md': '' });
  settle(root);
  await pause();
  const memory = sourceMemory();
  await (await read(root, { memory })).tree.fingerprint();
  expect(await paths(root, { memory })).toEqual(['a.md']);
  writeFileSync(join(root, '.npmrc'), '_auth=${TOKEN}');
  expect(await paths(root, { memory })).toEqual(['.npmrc', 'a.md']);
  expect(await paths(root, { memory, exclude: ['*.md'] })).toEqual(['.npmrc']);
});

test('readSource() does without a memory that is damaged', async () => {
  const root = sourceDir({ a: 'x', b: '' });
  settle(root);
  await pause();
  const memory = sourceMemory();
  const before = await (await read(root, { memory })).tree.fingerprint();
  const whole = memory.bytes!;
  for (const length of [0, 10, 64, 70, whole.length - 1]) {
    memory.bytes = whole.subarray(0, length);
    expect(await (await read(root, { memory })).tree.fingerprint()).toBe(before);
  }
});

test('fingerprint() and listing with a memory are those without, after any edits', async () => {
  const name = fc.constantFrom('a', 'b', 'd/a', 'd/e/f', 'x/y');
  const edit = fc.record({
    path: name,
    kind: fc.constantFrom('write', 'remove', 'link', 'chmod'),
    text: fc.string({ maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 5 }), async (list) => {
      const root = temporaryDirectory('source-property');
      const memory = sourceMemory();
      for (const path of ['a', 'd/a', 'x/y']) writeFile(root, path, path);
      settle(root);
      for (const { path, kind, text } of list) {
        await (await read(root, { memory })).tree.fingerprint();
        applyEdit(root, { path, kind, text });
      }
      const [known, fresh] = [await read(root, { memory }), await read(root)];
      expect(known.tree.entries).toEqual(fresh.tree.entries);
      expect(await known.tree.fingerprint()).toBe(await fresh.tree.fingerprint());
      await removeTree(root);
    }),
    { numRuns: 30 },
  );
});

function applyEdit(
  root: string,
  { path, kind, text }: { readonly path: string; readonly kind: string; readonly text: string },
): void {
  try {
    if (kind === 'write') writeFile(root, path, `x${text}`);
    else if (kind === 'link') writeFile(root, path, `-> ${text.replaceAll('\0', '') || 'x'}`);
    else if (kind === 'chmod') chmodSync(join(root, path), 0o755);
    else unlinkSync(join(root, path));
  } catch {
    // An edit that the tree does not allow.
  }
}
