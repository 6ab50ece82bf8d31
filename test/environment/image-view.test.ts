import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { planImageView } from '../../src/environment/image-view.ts';
import type { ViewEntry } from '../../src/environment/sandbox-view.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let folder: string;
let root: string;

beforeEach(() => {
  folder = temporaryDirectory('tsbuildpack-view');
  root = join(folder, 'root');
  for (const dir of ['usr/bin', 'etc', 'var/lib', 'work/app']) mkdirSync(join(root, dir), { recursive: true });
});

function planned(more: { readonly readable?: readonly string[] } = {}): ReadonlyMap<string, ViewEntry> {
  const work = join(root, 'work', 'app');
  const workDirs = { app: work, layers: work, platform: work, buildpacks: work, home: work, tmp: work, aside: work };
  const entries = planImageView({
    root,
    workDirs,
    home: '/home/cnb',
    hasNetwork: false,
    readable: [],
    writable: [],
    ...more,
  });
  // Parents first, or a mount would cover what was mounted before.
  for (const [index, { at }] of entries.entries()) {
    expect(entries.slice(0, index).every((earlier) => !earlier.at.startsWith(`${at}/`))).toBe(true);
  }
  return new Map(entries.map((entry) => [entry.at, entry]));
}

test('planImageView() shows directories of the image as they are, read-only', () => {
  const view = planned();
  expect(view.get('/usr')).toEqual({ kind: 'bind', at: '/usr', from: join(root, 'usr'), access: 'read' });
  expect([...view.keys()].filter((at) => at.startsWith('/usr/'))).toEqual([]);
  expect(view.get('/workspace')).toMatchObject({ kind: 'bind', access: 'write' });
  expect(view.get('/platform')).toMatchObject({ kind: 'bind', access: 'read' });
});

test('planImageView() makes a directory piece by piece where the image lacks a place in it', () => {
  writeFileSync(join(root, 'usr', 'file'), '');
  symlinkSync('bin', join(root, 'usr', 'sbin'));
  const tool = join(folder, 'tool');
  mkdirSync(tool);
  mkdirSync(join(root, tool, '..'), { recursive: true });
  const view = planned({ readable: [tool] });
  expect(view.get(tool)).toEqual({ kind: 'bind', at: tool, from: tool, access: 'read' });
  // /var has no tmp: everything else of it is mounted into an empty one.
  expect(view.get('/var')).toEqual({ kind: 'empty', at: '/var', access: 'read' });
  expect(view.get('/var/lib')).toMatchObject({ kind: 'bind', from: join(root, 'var/lib'), access: 'read' });
  expect(view.get('/var/tmp')).toMatchObject({ kind: 'empty', access: 'write' });
});

test('planImageView() mounts where the symlinks of the image lead, and never outside of it', () => {
  mkdirSync(join(root, 'usr', 'home'));
  symlinkSync('/usr/home', join(root, 'home'));
  symlinkSync('../../../../../../etc', join(root, 'platform'));
  const view = planned();
  expect(view.get('/home')).toEqual({ kind: 'symlink', at: '/home', to: '/usr/home' });
  expect(view.get('/usr/home/cnb')).toMatchObject({ kind: 'bind', access: 'write' });
  expect(view.has('/platform') && view.get('/platform')?.kind).toBe('symlink');
  expect(view.get('/etc')).toMatchObject({ kind: 'bind', from: join(root, 'work/app') });
});

test('planImageView() takes the place of files that are in the way', () => {
  writeFileSync(join(root, 'layers'), 'a file');
  writeFileSync(join(root, 'cnb'), 'a file');
  const view = planned();
  expect(view.get('/layers')).toMatchObject({ kind: 'bind', from: join(root, 'work/app'), access: 'write' });
  expect(view.has('/cnb')).toBe(false);
  expect(view.get('/cnb/buildpacks')).toMatchObject({ kind: 'bind', access: 'read' });
});
