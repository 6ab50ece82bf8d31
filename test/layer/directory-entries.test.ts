import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import type { Event } from '../../src/events.ts';
import { directoryEntries } from '../../src/layer/directory-entries.ts';
import { parentEntries } from '../../src/layer/tar-entry.ts';

const owner = { uid: 1001, gid: 1000 };
const ignore = (): void => undefined;

function newDir(): string {
  return temporaryDirectory('entries');
}

describe('directoryEntries()', () => {
  test('lists the directory itself first, with modes as on disk and the owner given', () => {
    const dir = newDir();
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/tool'), 'x');
    chmodSync(join(dir, 'bin/tool'), 0o4755);
    chmodSync(join(dir, 'bin'), 0o1777);
    chmodSync(dir, 0o750);
    symlinkSync('/absolute/../verbatim', join(dir, 'link'));
    const entries = [...directoryEntries(dir, '/layers/x/y', { ...owner, report: ignore })];
    expect(entries).toMatchObject([
      { path: '/layers/x/y', type: 'directory', mode: 0o750, ...owner, sizeBytes: 0 },
      { path: '/layers/x/y/bin', type: 'directory', mode: 0o1777 },
      {
        path: '/layers/x/y/bin/tool',
        type: 'file',
        mode: 0o4755,
        sizeBytes: 1,
        source: { path: join(dir, 'bin/tool') },
      },
      { path: '/layers/x/y/link', type: 'symlink', mode: 0o777, linkTarget: '/absolute/../verbatim', sizeBytes: 0 },
    ]);
  });

  test('makes an empty directory one entry', () => {
    const entries = [...directoryEntries(newDir(), '/layers/x/empty', { ...owner, report: ignore })];
    expect(entries.map(({ path, type }) => ({ path, type }))).toEqual([{ path: '/layers/x/empty', type: 'directory' }]);
  });

  test('takes a single file', () => {
    const file = join(newDir(), 'launcher');
    writeFileSync(file, 'elf');
    const entries = [
      ...directoryEntries(file, '/cnb/lifecycle/launcher', { ...owner, mode: () => 0o755, report: ignore }),
    ];
    expect(entries).toMatchObject([{ path: '/cnb/lifecycle/launcher', type: 'file', mode: 0o755, sizeBytes: 3 }]);
  });

  test('stores hard links as independent copies', () => {
    const dir = newDir();
    writeFileSync(join(dir, 'a'), 'same');
    linkSync(join(dir, 'a'), join(dir, 'b'));
    const entries = [...directoryEntries(dir, '/d', { ...owner, report: ignore })];
    expect(entries.map(({ type, sizeBytes }) => ({ type, sizeBytes }))).toEqual([
      { type: 'directory', sizeBytes: 0 },
      { type: 'file', sizeBytes: 4 },
      { type: 'file', sizeBytes: 4 },
    ]);
  });

  test('lists named pipes without opening them, leaves sockets out and says so', async () => {
    const dir = newDir();
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(dir, 'socket'), resolve));
    const events: Event[] = [];
    const entries = [...directoryEntries(dir, '/d', { ...owner, report: (event) => events.push(event) })];
    server.close();
    expect(entries.map(({ path, type }) => ({ path, type }))).toEqual([
      { path: '/d', type: 'directory' },
      { path: '/d/pipe', type: 'fifo' },
    ]);
    expect(events).toEqual([
      { type: 'warning', message: `Left out "${join(dir, 'socket')}": a socket cannot be part of an image` },
    ]);
  });
});

test('parentEntries() gives the directories above, outermost first, without the root', () => {
  expect(parentEntries('/layers/a_b/c', { uid: 1, gid: 2, mode: 0o700 })).toEqual([
    { path: '/layers', type: 'directory', mode: 0o700, uid: 1, gid: 2, sizeBytes: 0 },
    { path: '/layers/a_b', type: 'directory', mode: 0o700, uid: 1, gid: 2, sizeBytes: 0 },
  ]);
  expect(parentEntries('/workspace', owner)).toEqual([]);
});
