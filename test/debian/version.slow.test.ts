import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions } from '../../src/debian/version.ts';
import { versions } from './version-arbitrary.ts';

function dpkgOrder(a: string, b: string): number {
  const is = (relation: string): boolean =>
    spawnSync('dpkg', ['--compare-versions', a, relation, b], { stdio: 'ignore' }).status === 0;
  return is('lt') ? -1 : is('gt') ? 1 : 0;
}

test('compareVersions() says what dpkg says', () => {
  expect([dpkgOrder('1', '2'), dpkgOrder('2', '1'), dpkgOrder('1', '1')]).toEqual([-1, 1, 0]);
  fc.assert(
    fc.property(versions, versions, (a, b) => {
      expect([a, b, Math.sign(compareVersions(a, b))]).toEqual([a, b, dpkgOrder(a, b)]);
    }),
    { numRuns: 1000 },
  );
});
