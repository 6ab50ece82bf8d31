import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { removeTree } from '../../src/fs/remove-tree.ts';

const nobody = 65534;

/** Runs as a user whom permission bits bind, who then also makes the files. */
async function asNobody(root: string, action: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return action();
  chownSync(root, nobody, nobody);
  process.seteuid?.(nobody);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

test('removeTree() removes unreadable directories and names that are not UTF-8', async () => {
  const root = temporaryDirectory('remove');
  const tree = join(root, 'tree');
  await asNobody(root, async () => {
    mkdirSync(join(tree, 'a/b'), { recursive: true });
    writeFileSync(join(tree, 'a/b/file'), '', { mode: 0o400 });
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/a/caf`), Buffer.from([0xe9])]), '');
    chmodSync(join(tree, 'a/b'), 0o000);
    chmodSync(join(tree, 'a'), 0o555);
    await removeTree(tree);
  });
  expect(existsSync(tree)).toBe(false);
});

test('removeTree() removes a symlink and never what it points to', async () => {
  const root = temporaryDirectory('remove');
  mkdirSync(join(root, 'kept'));
  writeFileSync(join(root, 'kept/file'), 'kept');
  mkdirSync(join(root, 'tree'));
  symlinkSync('../kept', join(root, 'tree/link'));
  symlinkSync('kept', join(root, 'link'));
  await removeTree(join(root, 'tree'));
  await removeTree(join(root, 'link'));
  expect(existsSync(join(root, 'link'))).toBe(false);
  expect(readFileSync(join(root, 'kept/file'), 'utf8')).toBe('kept');
});

test('removeTree() is content when nothing is there', async () => {
  const root = temporaryDirectory('remove');
  await expect(removeTree(join(root, 'none'))).resolves.toBeUndefined();
});
