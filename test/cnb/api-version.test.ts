import { describe, expect, test } from 'vitest';
import { atLeast, isSupportedBy, parseApiVersion, requireBuildpackApi } from '../../src/cnb/api-version.ts';

const version = (text: string): NonNullable<ReturnType<typeof parseApiVersion>> => {
  const parsed = parseApiVersion(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};

describe('API versions', () => {
  test.each([
    ['0.12', { major: 0n, minor: 12n }],
    ['3', { major: 3n, minor: 0n }],
    ['v0.12', { major: 0n, minor: 12n }],
    ['00.012', { major: 0n, minor: 12n }],
    ['0.18446744073709551615', { major: 0n, minor: 18446744073709551615n }],
    ['0.18446744073709551616', undefined],
    ['0.12\n', undefined],
    [' 0.12', undefined],
    ['+0.12', undefined],
    ['0.12.1', undefined],
    ['0.', undefined],
    ['', undefined],
  ])('VER-01 parseApiVersion(%j)', (text, expected) => {
    expect(parseApiVersion(text)).toEqual(expected);
  });

  test.each([
    ['0.12', ['0.12'], true],
    ['0.11', ['0.12'], false],
    ['1.1', ['1.2'], true],
    ['1.3', ['1.2'], false],
    ['2.0', ['1.2'], false],
  ])('VER-02 %s by %j is %s', (text, supported, expected) => {
    expect(isSupportedBy(version(text), supported)).toBe(expected);
  });

  test('atLeast() compares numbers, not text', () => {
    expect(atLeast(version('0.12'), '0.9')).toBe(true);
    expect(atLeast(version('0.9'), '0.10')).toBe(false);
    expect(atLeast(version('1.0'), '0.12')).toBe(true);
  });

  test.each(['0.9', '0.13', 'x', '1.0'])('VER-06 Buildpack API %s is refused', (text) => {
    expect(() => requireBuildpackApi(text, 'a/b@1.0.0')).toThrow(
      expect.objectContaining({ code: 'BUILDPACK_API_UNSUPPORTED', exitCode: 12 }),
    );
  });
});
