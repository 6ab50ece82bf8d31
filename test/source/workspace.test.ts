import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { WorkspaceMemory } from '../../src/source/workspace.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { read, sourceDir, sourceMemory, writeFile } from './source-fixture.ts';

const files = { 'a/b': 'x', 'a/c': 'y', run: '#!', link: '-> a/b', 'none/': '', 'deep/er/d': 'z' };

function memoryOf(): WorkspaceMemory & { bytes: Buffer | undefined } {
  const kept = sourceMemory();
  return Object.assign(kept, {
    async remove() {
      kept.bytes = undefined;
    },
  });
}

/** Longer than a clock of the file system ticks. */
const pause = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 30));

/** Everything in a directory, with what decides about an image. */
function listing(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((path) => {
      const file = join(dir, path);
      const stats = lstatSync(file);
      const mode = (stats.mode & 0o7777).toString(8);
      if (stats.isSymbolicLink()) return `${path} -> ${readlinkSync(file)}`;
      return stats.isDirectory() ? `${path}/ ${mode}` : `${path} ${mode} ${readFileSync(file, 'latin1')}`;
    });
}

async function freshCopy(root: string): Promise<readonly string[]> {
  const dir = temporaryDirectory('fresh');
  await (await read(root)).tree.copyTo(dir);
  return listing(dir);
}

interface Rig {
  readonly root: string;
  readonly dir: string;
  readonly memory: WorkspaceMemory & { bytes: Buffer | undefined };
  /** Copies the source as it is now. */
  readonly copy: () => Promise<void>;
}

/** A source and a workspace with a copy of it, all of which is trusted: its making seems to have taken a second. */
async function copied(): Promise<Rig> {
  const root = sourceDir(files);
  chmodSync(join(root, 'run'), 0o755);
  const [dir, memory] = [temporaryDirectory('workspace'), memoryOf()];
  const copy = async (): Promise<void> => await copyKnown(root, dir, memory);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 });
  await copy().finally(() => vi.useRealTimers());
  await pause();
  return { root, dir, memory, copy };
}

/** As a build does: the hashes of the source are known before it is copied. */
async function copyKnown(root: string, dir: string, memory: WorkspaceMemory): Promise<void> {
  const { tree } = await read(root);
  await tree.fingerprint();
  await tree.copyTo(dir, memory);
}

const names = ['a/b', 'a/c', 'run', 'deep/er/d'];

function inodes(dir: string): readonly number[] {
  return names.map((path) => lstatSync(join(dir, path)).ino);
}

test('copyTo() with a memory leaves alone what nobody touched, and copies what the source changed', async () => {
  const { root, dir, copy } = await copied();
  const before = inodes(dir);
  writeFileSync(join(root, 'a/c'), 'changed');
  writeFileSync(join(root, 'deep/new'), 'new');
  chmodSync(join(root, 'run'), 0o644);
  // A new file may get the number of one that was removed, so the old ones are held.
  const held = names.map((path) => openSync(join(dir, path), 'r'));
  await copy();
  held.forEach((file) => closeSync(file));
  expect(inodes(dir).map((one, index) => one === before[index])).toEqual([true, false, false, true]);
  expect(listing(dir)).toEqual(await freshCopy(root));
});

test('copyTo() with a memory does not trust what was copied in the tick of the clock in which it ended', async () => {
  const root = sourceDir(files);
  const [dir, memory] = [temporaryDirectory('workspace'), memoryOf()];
  await copyKnown(root, dir, memory);
  const held = names.map((path) => openSync(join(dir, path), 'r'));
  const before = inodes(dir);
  await copyKnown(root, dir, memory);
  held.forEach((file) => closeSync(file));
  expect(inodes(dir).filter((one, index) => one === before[index])).toEqual([]);
});

/** What buildpacks do to a workspace. */
const deeds: Readonly<Record<string, (dir: string) => void>> = {
  'write to a file': (dir) => writeFileSync(join(dir, 'a/b'), 'built'),
  'write to a file and set its time back': (dir) => {
    const { atime, mtime } = lstatSync(join(dir, 'a/b'));
    writeFileSync(join(dir, 'a/b'), 'q');
    utimesSync(join(dir, 'a/b'), atime, mtime);
  },
  'remove a file': (dir) => unlinkSync(join(dir, 'a/b')),
  'replace a file by its equal': (dir) => {
    writeFileSync(join(dir, 'new'), 'x');
    renameSync(join(dir, 'new'), join(dir, 'a/b'));
  },
  'make a file executable': (dir) => chmodSync(join(dir, 'a/b'), 0o755),
  'link a file to elsewhere': (dir) => linkSync(join(dir, 'a/b'), join(temporaryDirectory('layer'), 'file')),
  'put a link in place of a file': (dir) => {
    unlinkSync(join(dir, 'a/b'));
    symlinkSync('/etc/passwd', join(dir, 'a/b'));
  },
  'put a link in place of a directory': (dir) => {
    rmSync(join(dir, 'a'), { recursive: true });
    symlinkSync('/etc', join(dir, 'a'));
  },
  'put a directory in place of a file': (dir) => {
    unlinkSync(join(dir, 'a/b'));
    mkdirSync(join(dir, 'a/b/more'), { recursive: true });
  },
  'lead a link elsewhere': (dir) => {
    unlinkSync(join(dir, 'link'));
    symlinkSync('run', join(dir, 'link'));
  },
  'add files and directories': (dir) => {
    mkdirSync(join(dir, 'node_modules/x'), { recursive: true });
    writeFileSync(join(dir, 'node_modules/x/y'), '');
    writeFileSync(join(dir, 'a/added'), '');
  },
  'lock directories up': (dir) => {
    mkdirSync(join(dir, 'locked'));
    writeFileSync(join(dir, 'locked/file'), '');
    chmodSync(join(dir, 'locked'), 0o000);
    chmodSync(join(dir, 'deep'), 0o500);
    chmodSync(join(dir, 'a'), 0o000);
  },
  'empty it': (dir) => {
    for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true });
  },
};

test.each(Object.keys(deeds))('copyTo() with a memory gives a fresh copy after buildpacks %s', async (name) => {
  const { root, dir, copy } = await copied();
  deeds[name]?.(dir);
  await copy();
  expect(listing(dir)).toEqual(await freshCopy(root));
});

test('copyTo() with a memory does not share a file with a layer that has a link to it', async () => {
  const { dir, copy } = await copied();
  const layer = join(temporaryDirectory('layer'), 'file');
  linkSync(join(dir, 'a/b'), layer);
  await copy();
  writeFileSync(layer, 'of the layer');
  expect(readFileSync(join(dir, 'a/b'), 'utf8')).toBe('x');
});

test('copyTo() trusts nothing after a copy that failed', async () => {
  const { root, dir, memory } = await copied();
  const { tree } = await read(root);
  unlinkSync(join(root, 'run'));
  writeFileSync(join(root, 'run'), 'another file');
  await expect(tree.copyTo(dir, memory)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(memory.bytes).toBeUndefined();
  await (await read(root)).tree.copyTo(dir, memory);
  expect(listing(dir)).toEqual(await freshCopy(root));
});

test('copyTo() with a damaged memory copies all', async () => {
  const { root, dir, memory, copy } = await copied();
  for (const length of [0, 20, 70, (memory.bytes?.length ?? 0) - 1]) {
    memory.bytes = memory.bytes?.subarray(0, length);
    await copy();
    expect(listing(dir)).toEqual(await freshCopy(root));
  }
});

test('copyTo() with a memory gives a fresh copy after any edits of source and workspace', async () => {
  const name = fc.constantFrom('a/b', 'a/c', 'run', 'link', 'none/x', 'deep/er/d', 'deep', 'new');
  const kind = fc.constantFrom('write', 'remove', 'link', 'chmod');
  const edit = fc.record({ path: name, kind, text: fc.constantFrom('x', 'y', 'long'), inSource: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(edit, { maxLength: 4 }), { maxLength: 3 }), async (builds) => {
      const root = sourceDir(files);
      const [dir, memory] = [temporaryDirectory('workspace'), memoryOf()];
      await copyKnown(root, dir, memory);
      for (const edits of builds) {
        for (const { inSource, ...one } of edits) apply(inSource ? root : dir, one);
        await copyKnown(root, dir, memory);
        expect(listing(dir)).toEqual(await freshCopy(root));
      }
    }),
    { numRuns: 25 },
  );
});

function apply(
  dir: string,
  { path, kind, text }: { readonly path: string; readonly kind: string; readonly text: string },
): void {
  try {
    if (kind === 'write') writeFile(dir, path, text);
    else if (kind === 'link') writeFile(dir, path, `-> ${text}`);
    else if (kind === 'chmod') chmodSync(join(dir, path), 0o755);
    else rmSync(join(dir, path), { recursive: true });
  } catch {
    // An edit that the tree does not allow.
  }
}
