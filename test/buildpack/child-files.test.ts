import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { childFiles, filesIn } from '../../src/buildpack/child-files.ts';
import type { BuildPaths, PathPair } from '../../src/environment/build-environment.ts';
import { sharedDirectory } from '../temporary-directory.ts';

const root = sharedDirectory('child-files');
const pair = (name: string, image: string): PathPair => ({ host: join(root, name), inside: image, image });
/** As under `real`: what a child has at /layers is elsewhere on this machine. */
const paths: BuildPaths = {
  app: pair('app', '/workspace'),
  layers: pair('layers', '/layers'),
  platform: pair('platform', '/platform'),
  buildpacks: pair('buildpacks', '/cnb/buildpacks'),
  home: pair('home', '/home/cnb'),
  tmp: pair('tmp', '/tmp'),
};
const files = childFiles(paths);
const link = (target: string, name: string): void => symlinkSync(target, join(root, 'layers/a', name));
const at = (name: string): string => join(root, 'layers/a', name);

beforeAll(() => {
  for (const dir of ['app/sub', 'layers/a/dir', 'buildpacks']) mkdirSync(join(root, dir), { recursive: true });
  writeFileSync(join(root, 'secret'), 'secret');
  writeFileSync(join(root, 'app/sub/file'), 'application');
  writeFileSync(join(root, 'layers/a/dir/file'), 'layer');
  link('dir/file', 'near');
  link('/layers/a/dir', 'absolute');
  link('/workspace/sub/file', 'application');
  link('../../workspace/sub/../sub/file', 'upwards');
  link('near', 'twice');
  link('nowhere', 'dangling');
  link('near/below', 'below-a-file');
  link('loop', 'loop');
  link('/etc/passwd', 'machine');
  link('../../../../../../etc/passwd', 'far-up');
  // Below /tmp, which is another one for the child.
  link(join(root, 'secret'), 'host');
  execFileSync('mkfifo', [at('pipe')]);
  link('pipe', 'linked-pipe');
  link('../..', 'above');
  link('/layers', 'root');
});

// Reading one of these would wait for ever.
test.each(['pipe', 'linked-pipe'])('childFiles() refuses %s', (name) => {
  expect(() => files.read(at(name))).toThrow('it is not a regular file');
});

describe('childFiles()', () => {
  test.each([
    ['dir/file', 'layer'],
    ['near', 'layer'],
    ['twice', 'layer'],
    ['absolute/file', 'layer'],
    ['application', 'application'],
    ['upwards', 'application'],
    ['root/a/near', 'layer'],
    ['above/workspace/sub/file', 'application'],
  ])('reads %s as the child would', (name, content) => {
    expect(Buffer.from(files.read(at(name)) ?? '').toString()).toBe(content);
  });

  test.each(['dangling', 'below-a-file', 'missing', 'dir/missing', 'near/below', 'host'])(
    'finds nothing at %s',
    (name) => {
      expect(files.read(at(name))).toBeUndefined();
      expect(files.list(at(name))).toBeUndefined();
    },
  );

  test.each(['machine', 'far-up', 'above', 'loop'])('does not follow %s', (name) => {
    expect(() => files.read(at(name))).toThrow(expect.objectContaining({ code: 'BUILD_OUTPUT_INVALID' }));
  });

  test('does not read what is not of the build at all', () => {
    expect(() => files.read(join(root, 'secret'))).toThrow('it is a link to a place outside of the build');
  });

  test('says what went wrong with a file that is a directory', () => {
    expect(() => files.read(at('dir'))).toThrow(/Cannot read ".*\/dir": it is not a regular file/);
  });
});

test('filesIn() lets no link out of its directory', () => {
  const own = filesIn(join(root, 'layers/a'));
  expect(own.read(at('near'))).toBeDefined();
  expect(() => own.read(at('application'))).toThrow('outside');
});
