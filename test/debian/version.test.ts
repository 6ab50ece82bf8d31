import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, isSatisfied } from '../../src/debian/version.ts';
import { versions } from './version-arbitrary.ts';

describe('compareVersions()', () => {
  test.each([
    ['1.0', '1.0', 0],
    ['1.0', '1.00', 0],
    ['1.0-0', '1.0', 0],
    ['0:1.0', '1.0', 0],
    ['1.9', '1.10', -1],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1-1', '1.0~rc1-1+b1', -1],
    ['1.0~~', '1.0~', -1],
    ['1.0', '1.0+deb13u1', -1],
    ['1.0a', '1.0+', -1],
    ['1.0-1', '1.0-1.1', -1],
    ['2.0', '1:1.0', -1],
    ['1.0-1', '1.0-2-1', -1],
    ['20250419', '99999999999999999999', -1],
    ['1:1.2.3-4', '1:1.2.3-4', 0],
  ])('%s and %s give %i', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order);
    expect(Math.sign(compareVersions(b, a))).toBe(0 - order);
  });

  test('is an order: the other way round it is the opposite, and it does not go in circles', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
        const [low = '', middle = '', high = ''] = [a, b, c].toSorted(compareVersions);
        expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareVersions(middle, high)).toBeLessThanOrEqual(0);
        expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

test('isSatisfied() reads every operator', () => {
  const satisfied = (['<<', '<=', '=', '>=', '>>'] as const).map((operator) =>
    ['1', '2', '3'].map((found) => isSatisfied(found, operator, '2')),
  );
  expect(satisfied).toEqual([
    [true, false, false],
    [true, true, false],
    [false, true, false],
    [false, true, true],
    [false, false, true],
  ]);
});
