import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stampOf } from '../../src/fs/file-stamp.ts';
import { readStamped } from '../../src/fs/read-stamped.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const changes: Readonly<Record<string, (file: string) => void>> = {
  'is shorter': (file) => writeFileSync(file, 'te'),
  'is longer': (file) => writeFileSync(file, 'text and more'),
  'has other content of the same length and the old time': (file) => {
    const { atime, mtime } = lstatSync(file);
    writeFileSync(file, 'TEXT');
    utimesSync(file, atime, mtime);
  },
  'is another file of the same size': (file) => {
    writeFileSync(`${file}.new`, 'text');
    renameSync(`${file}.new`, file);
  },
  'is gone': (file) => unlinkSync(file),
  'is a directory': (file) => {
    unlinkSync(file);
    mkdirSync(file);
  },
  'is a link': (file) => {
    renameSync(file, `${file}.old`);
    symlinkSync(`${file}.old`, file);
  },
  // Nobody writes to it: opening or reading it may not wait for that.
  'is a named pipe': (file) => {
    unlinkSync(file);
    execFileSync('mkfifo', [file]);
  },
  'is a device': (file) => {
    unlinkSync(file);
    symlinkSync('/dev/zero', file);
  },
};

test.each(Object.keys(changes))('readStamped() refuses a file that %s', async (name) => {
  const file = join(temporaryDirectory('stamped'), 'file');
  writeFileSync(file, 'text');
  const stamp = stampOf(lstatSync(file));
  const bytes = Buffer.alloc(4);
  readStamped(file, bytes, { offset: 0, stamp });
  expect(bytes.toString()).toBe('text');
  // Longer than a clock of the file system ticks.
  await new Promise((resolve) => setTimeout(resolve, 20));
  changes[name]?.(file);
  expect(() => readStamped(file, bytes, { offset: 0, stamp })).toThrow(
    expect.objectContaining({ code: 'SOURCE_CHANGED' }),
  );
});

test('readStamped() without the device compares the rest', () => {
  const file = join(temporaryDirectory('stamped'), 'file');
  writeFileSync(file, 'text');
  const { device: _device, ...stamp } = stampOf(lstatSync(file));
  const bytes = Buffer.alloc(2);
  readStamped(file, bytes, { offset: 2, stamp });
  expect(bytes.toString()).toBe('xt');
  expect(() => readStamped(file, bytes, { offset: 0, stamp: { ...stamp, inode: stamp.inode + 1 } })).toThrow(
    expect.objectContaining({ code: 'SOURCE_CHANGED' }),
  );
});
