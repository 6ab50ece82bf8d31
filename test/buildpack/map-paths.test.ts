import { expect, test } from 'vitest';
import { movedPaths, toBuildPaths, toImagePaths } from '../../src/buildpack/map-paths.ts';

const paths = {
  app: { host: '/s/app', inside: '/s/app', image: '/workspace' },
  layers: { host: '/s/la.yers', inside: '/s/la.yers', image: '/layers' },
};
const moved = movedPaths(paths);

test.each([
  ['/layers', '/s/la.yers'],
  ['/layers/a_b/c/bin', '/s/la.yers/a_b/c/bin'],
  ['/x:/layers/a:/workspace', '/x:/s/la.yers/a:/s/app'],
  ['-L/layers/a -I/workspace/b', '-L/s/la.yers/a -I/s/app/b'],
  ['--prefix=/layers/a "/workspace"', '--prefix=/s/la.yers/a "/s/app"'],
  ['$&/layers', '$&/s/la.yers'],
])('toBuildPaths(%j) and back', (image, build) => {
  expect(toBuildPaths(image, moved)).toBe(build);
  expect(toImagePaths(build, moved)).toBe(image);
});

test.each(['/usr/layers', '/layers2', '/layers.old', './layers', 'x/workspace', '/workspaces'])(
  'toBuildPaths() leaves %j alone',
  (text) => {
    expect(toBuildPaths(text, moved)).toBe(text);
  },
);

test('toImagePaths() takes a dot for a dot', () => {
  expect(toImagePaths('/s/laXyers/a', moved)).toBe('/s/laXyers/a');
});

test('movedPaths() is empty where the paths are those of the image', () => {
  const same = { host: '/x', inside: '/layers', image: '/layers' };
  expect(movedPaths({ app: same, layers: same })).toEqual([]);
});
