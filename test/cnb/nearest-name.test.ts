import { expect, test } from 'vitest';
import { nearestName } from '../../src/cnb/nearest-name.ts';

test.each([
  { name: 'stak', near: 'stack' },
  { name: 'satck', near: 'stack' },
  { name: 'STACK', near: 'stack' },
  { name: 'run_image', near: 'run-image' },
  { name: 'runimage', near: 'run-image' },
  { name: 'tags', near: 'tag' },
  { name: 'exclude', near: undefined },
  { name: 'xyz', near: undefined },
  { name: '', near: undefined },
])('nearestName() finds $near for $name', ({ name, near }) => {
  expect(nearestName(name, ['tag', 'run-image', 'stack', 'store', 'labels'])).toBe(near);
});
