import { describe, expect, test } from 'vitest';
import { chooseVersion, commonVersions, nearestVersions } from '../../../buildpacks/node/choose-version.ts';
import { readVersionText } from '../../../buildpacks/node/version-text.ts';

describe('readVersionText()', () => {
  test.each([
    ['24.1.0', { kind: 'exact', version: '24.1.0' }],
    ['v24.1.0', { kind: 'exact', version: '24.1.0' }],
    ['=24.1.0', { kind: 'exact', version: '24.1.0' }],
    ['24', { kind: 'range', range: '24' }],
    ['v24', { kind: 'range', range: 'v24' }],
    ['24.x', { kind: 'range', range: '24.x' }],
    ['>=22 <25 || ^26', { kind: 'range', range: '>=22 <25 || ^26' }],
    ['lts/iron', { kind: 'range', range: '20.x' }],
    ['lts/Iron', { kind: 'range', range: '20.x' }],
    ['lts/*', { kind: 'range', range: '26.x' }],
    ['lts/-1', { kind: 'range', range: '24.x' }],
    ['lts', { kind: 'range', range: '26.x' }],
    ['node', { kind: 'range', range: '*' }],
    ['latest', { kind: 'range', range: '*' }],
  ])('reads %j', (text, expected) => {
    expect(readVersionText(text)).toEqual(expected);
  });

  test.each(['', 'iojs-v3', 'lts/nothing', 'system', 'twenty'])('does not read %j', (text) => {
    expect(readVersionText(text)).toBeUndefined();
  });
});

const versions = ['20.1.0', '20.9.0', '22.2.0', '23.1.0', '24.0.0', '25.1.0', '26.0.0-rc.1'];
const preferred = new Set([20, 22, 24]);

describe('chooseVersion()', () => {
  test.each([
    ['>=18', '24.0.0'],
    ['20', '20.9.0'],
    ['>=23 <24', '23.1.0'],
    ['>=25', '25.1.0'],
    ['<20.9', '20.1.0'],
    ['99', undefined],
  ])('takes for %s the newest of a line with long-term support, else the newest: %s', (range, expected) => {
    expect(chooseVersion({ kind: 'range', range }, versions, { preferred })).toBe(expected);
  });

  test('takes the newest when only that was asked for', () => {
    expect(chooseVersion({ kind: 'range', range: '*' }, versions, { preferred: new Set() })).toBe('25.1.0');
  });

  test('takes an exact version or none', () => {
    expect(chooseVersion({ kind: 'exact', version: '22.2.0' }, versions, { preferred })).toBe('22.2.0');
    expect(chooseVersion({ kind: 'exact', version: '22.2.1' }, versions, { preferred })).toBeUndefined();
  });
});

test('commonVersions() gives what all platforms have', () => {
  expect(
    commonVersions([
      ['1.0.0', '2.0.0', '3.0.0'],
      ['3.0.0', '1.0.0'],
    ]),
  ).toEqual(['1.0.0', '3.0.0']);
});

test('nearestVersions() gives those around one that does not exist, of the same line', () => {
  expect(nearestVersions('20.5.0', versions)).toEqual(['20.1.0', '20.9.0']);
  expect(nearestVersions('21.0.0', versions)).toEqual(['20.1.0', '20.9.0', '22.2.0', '23.1.0', '24.0.0']);
});
