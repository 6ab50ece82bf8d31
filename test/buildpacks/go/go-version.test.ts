import { describe, expect, test } from 'vitest';
import { asSemver, compareGoVersions, goVersionName, parseGoVersion } from '../../../buildpacks/go/go-version.ts';

describe('parseGoVersion()', () => {
  test.each([
    { text: '1.24', name: 'go1.24', semver: '1.24.0' },
    { text: 'go1.24.3', name: 'go1.24.3', semver: '1.24.3' },
    { text: '1.25rc1', name: 'go1.25rc1', semver: '1.25.0-rc.1' },
    { text: 'go1.26.8 X:nocoverageredesign', name: 'go1.26.8', semver: '1.26.8' },
    { text: 'go1.26.8-acme', name: 'go1.26.8', semver: '1.26.8' },
    { text: '1.20', name: 'go1.20', semver: '1.20.0' },
    { text: '1.19.8', name: 'go1.19.8', semver: '1.19.8' },
  ])('reads $text', ({ text, name, semver }) => {
    const version = parseGoVersion(text)!;
    expect(goVersionName(version)).toBe(name);
    expect(asSemver(version)).toBe(semver);
  });

  test.each(['', 'default', 'devel', 'go1', '1.x', 'v1.2.3', '1.24.3.4', '99999.1'])('refuses "%s"', (text) => {
    expect(parseGoVersion(text)).toBeUndefined();
  });
});

describe('compareGoVersions()', () => {
  test('orders as Go does', () => {
    const ordered = [
      '1.9',
      '1.19.8',
      '1.20',
      '1.20.1',
      '1.21',
      '1.21rc2',
      '1.21rc10',
      '1.21.0',
      '1.21.11',
      '1.100.0',
      '2.0.0',
    ];
    const shuffled = ordered.toReversed().map((text) => parseGoVersion(text)!);
    expect(shuffled.toSorted(compareGoVersions)).toEqual(ordered.map((text) => parseGoVersion(text)));
    expect(compareGoVersions(parseGoVersion('1.20')!, parseGoVersion('1.20.0')!)).toBe(0);
  });
});
