import { expect, test } from 'vitest';
import { readError, writeError } from '../../src/fs/system-error.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code });
}

test('readError() names the file and why it cannot be read', () => {
  const denied = systemError('EACCES');
  expect(readError(denied, 'image/index.json')).toMatchObject({
    code: 'ARCHIVE_INVALID',
    message: 'Cannot read "image/index.json": permission is denied',
    cause: denied,
  });
  const other = systemError('EMFILE');
  expect(readError(other, 'image/index.json')).toBe(other);
});

test('writeError() tells a place that may not be written to from a full disk', () => {
  expect(writeError(systemError('EACCES'), 'Cannot write into "x"')).toMatchObject({
    code: 'OUTPUT_FAILED',
    message: 'Cannot write into "x": there is no permission to write there',
  });
  expect(writeError(systemError('EROFS'), 'Cannot write into "x"')).toMatchObject({ code: 'OUTPUT_FAILED' });
  expect(writeError(systemError('ENOSPC'), 'Cannot write into "x"')).toMatchObject({ code: 'DISK_FULL' });
  const other = systemError('EMFILE');
  expect(writeError(other, 'Cannot write into "x"')).toBe(other);
});
