import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { filesIn } from '../../src/buildpack/child-files.ts';
import { readLayers } from '../../src/buildpack/read-layers.ts';
import { sharedDirectory } from '../temporary-directory.ts';

let root: string;
beforeAll(() => {
  root = sharedDirectory('read-layers');
});

function layersWith(name: string): string {
  const dir = join(root, name);
  mkdirSync(dir);
  writeFileSync(join(dir, `${name}.toml`), '[types]\nlaunch = true\n');
  return dir;
}

test.each(['a', '-rf', 'with space', '...'])('readLayers() takes a layer by the name of "%s"', (name) => {
  const dir = layersWith(name);
  expect(readLayers(dir, filesIn(dir))).toMatchObject([{ name, launch: true, hasDirectory: false }]);
});

test.each(['.', '..'])('readLayers() refuses the layer "%s": it would be somebody else’s directory', (name) => {
  const dir = join(root, `refuses${name}x`);
  mkdirSync(dir);
  writeFileSync(join(dir, `${name}.toml`), '[types]\nlaunch = true\ncache = true\n');
  expect(() => readLayers(dir, filesIn(dir))).toThrow('its name stands for another directory');
});
