import { lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BuildPaths } from '../../src/environment/build-environment.ts';
import { directoryEntries } from '../../src/layer/directory-entries.ts';
import type { TarEntry } from '../../src/layer/tar-entry.ts';
import { relocationFor, type Relocation } from '../../src/lifecycle/relocation.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

function mapped(root: string): { paths: BuildPaths; relocation: Relocation } {
  const pair = (name: string, image: string): BuildPaths['app'] => ({
    host: join(root, name),
    inside: join(root, name),
    image,
  });
  const paths: BuildPaths = {
    app: pair('app', '/workspace'),
    layers: pair('layers', '/layers'),
    platform: pair('platform', '/platform'),
    buildpacks: pair('buildpacks', '/cnb/buildpacks'),
    home: pair('home', '/home/build'),
    tmp: pair('tmp', '/tmp'),
  };
  const relocation = relocationFor(paths);
  if (relocation === undefined) throw new Error('expected something to change');
  return { paths, relocation };
}

function layer(files: (dir: string, root: string) => void): { entries: () => TarEntry[]; root: string } {
  const root = temporaryDirectory('relocate');
  const dir = join(root, 'layers', 'acme_x', 'dist');
  mkdirSync(dir, { recursive: true });
  files(dir, root);
  const { relocation } = mapped(root);
  const list = (): TarEntry[] => [
    ...relocation.entries(
      directoryEntries(dir, '/layers/acme_x/dist', { uid: 1, gid: 1, report: () => {} }),
      'acme/x:dist',
    ),
  ];
  return { entries: list, root };
}

test('relocationFor() has nothing to do where the paths are those of the image', () => {
  const pair = (path: string): BuildPaths['app'] => ({ host: '/store/x', inside: path, image: path });
  const paths = {
    app: pair('/workspace'),
    layers: pair('/layers'),
    platform: pair('/platform'),
    buildpacks: pair('/cnb'),
    home: pair('/h'),
    tmp: pair('/tmp'),
  };
  expect(relocationFor(paths)).toBeUndefined();
});

test('relocation changes environment files and links, and leaves the files on disk alone', () => {
  const { entries, root } = layer((dir, at) => {
    mkdirSync(join(dir, 'env.launch'));
    writeFileSync(join(dir, 'env.launch', 'HOME_OF_IT'), `${at}/layers/acme_x/dist:${at}/app/bin`);
    symlinkSync(`${at}/layers/acme_x/dist/real`, join(dir, 'link'));
    symlinkSync('relative', join(dir, 'other'));
  });
  const byPath = new Map(entries().map((entry) => [String(entry.path), entry]));
  const env = byPath.get('/layers/acme_x/dist/env.launch/HOME_OF_IT');
  const text = '/layers/acme_x/dist:/workspace/bin';
  expect(env?.source).toEqual({ kind: 'content', bytes: Buffer.from(text) });
  expect(env?.sizeBytes).toBe(text.length);
  expect(byPath.get('/layers/acme_x/dist/link')?.linkTarget).toBe('/layers/acme_x/dist/real');
  expect(byPath.get('/layers/acme_x/dist/other')?.linkTarget).toBe('relative');
  expect(lstatSync(join(root, 'layers/acme_x/dist/env.launch/HOME_OF_IT')).size).not.toBe(text.length);
});

test('relocation refuses a layer that holds the build path in a file, naming every such file', () => {
  const { entries } = layer((dir, at) => {
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin', 'tool'), `#!${at}/layers/acme_x/dist/bin/python\n`);
    // Across the border between two pieces that are read.
    writeFileSync(join(dir, 'big'), Buffer.concat([Buffer.alloc((1 << 20) - 5), Buffer.from(`${at}/layers`)]));
    writeFileSync(join(dir, 'fine'), 'nothing here');
  });
  expect(entries).toThrow(
    expect.objectContaining({ code: 'PATH_LEAKED', detail: '/layers/acme_x/dist/big\n/layers/acme_x/dist/bin/tool' }),
  );
});

test('relocation changes whole path elements only', () => {
  const { relocation } = mapped('/r');
  expect(relocation.text('/r/layers-old /r/layers/x /r/layers')).toBe('/r/layers-old /layers/x /layers');
});
