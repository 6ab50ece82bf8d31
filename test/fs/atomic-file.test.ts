import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { writeFileAtomic } from '../../src/fs/atomic-file.ts';
import { diskError } from '../../src/fs/system-error.ts';

test('writeFileAtomic() replaces a file, with the mode asked for, and leaves nothing beside it', async () => {
  const dir = temporaryDirectory('atomic');
  const file = join(dir, 'f');
  writeFileSync(file, 'old');
  chmodSync(file, 0o400);
  await writeFileAtomic(file, 'new', { mode: 0o600, syncDirectory: true });
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o7777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['f']);
});

test('writeFileAtomic() leaves the old state when it fails', async () => {
  const dir = temporaryDirectory('atomic');
  await expect(writeFileAtomic(join(dir, 'none', 'f'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(writeFileAtomic(dir, 'x')).rejects.toThrow('EISDIR');
  expect(readdirSync(dir)).toEqual([]);
});

test('diskError() makes a full disk an error with a code and gives others back', () => {
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  expect(diskError(full, 'Cannot write "f"')).toMatchObject({
    code: 'DISK_FULL',
    message: 'Cannot write "f": the disk is full',
    cause: full,
  });
  const other = new Error('x');
  expect(diskError(other, 'Cannot write "f"')).toBe(other);
});
