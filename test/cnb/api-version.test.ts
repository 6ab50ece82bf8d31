import { describe, expect, test } from 'vitest';
import {
  atLeast,
  currentPlatformApi,
  isSupportedBy,
  judgeApi,
  parseApiVersion,
  parseDeprecationMode,
  requireBuildpackApi,
  requirePlatformApi,
} from '../../src/cnb/api-version.ts';

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
  ])('parseApiVersion(%j) [VER-01]', (text, expected) => {
    expect(parseApiVersion(text)).toEqual(expected);
  });

  test.each([
    ['0.12', ['0.12'], true],
    ['0.11', ['0.12'], false],
    ['1.1', ['1.2'], true],
    ['1.3', ['1.2'], false],
    ['2.0', ['1.2'], false],
  ])('isSupportedBy(): %s by %j is %s [VER-02]', (text, supported, expected) => {
    expect(isSupportedBy(version(text), supported)).toBe(expected);
  });

  test('atLeast() compares numbers, not text', () => {
    expect(atLeast(version('0.12'), '0.9')).toBe(true);
    expect(atLeast(version('0.9'), '0.10')).toBe(false);
    expect(atLeast(version('1.0'), '0.12')).toBe(true);
  });

  test.each(['0.7', '0.8', '0.9', '0.10', '0.11', '0.12'])('Buildpack API %s is accepted [VER-06]', (text) => {
    expect(requireBuildpackApi(text, 'a/b@1.0.0')).toEqual(version(text));
  });

  test.each(['0.7', '0.8', '0.9', '0.10', '0.11', '0.12', '0.13', '0.14', '0.15'])(
    'Platform API %s is accepted [VER-04]',
    (text) => {
      expect(requirePlatformApi(text)).toEqual(version(text));
    },
  );

  test('the current Platform API is the newest', () => {
    expect(requirePlatformApi('0.15')).toEqual(currentPlatformApi);
  });

  test.each(['0.6', '0.16', '1', 'x', '0.15\n', '', ' ', undefined])(
    'Platform API %j is refused with exit code 11 [VER-04] [VER-05]',
    (text) => {
      expect(() => requirePlatformApi(text)).toThrow(
        expect.objectContaining({ code: 'PLATFORM_API_UNSUPPORTED', exitCode: 11 }),
      );
    },
  );

  test.each([
    ['quiet', 'accept'],
    ['warn', 'warn'],
    ['error', 'refuse'],
    ['something', 'warn'],
    [undefined, 'warn'],
  ])('CNB_DEPRECATION_MODE=%s makes of a deprecated API: %s [VER-09]', (text, verdict) => {
    const support = { supported: ['0.7', '0.8'], deprecated: ['0.7'] };
    const mode = parseDeprecationMode(text);
    expect(judgeApi(version('0.7'), mode, support)).toBe(verdict);
    expect(judgeApi(version('0.8'), mode, support)).toBe('accept');
    expect(judgeApi(version('0.6'), mode, support)).toBe('refuse');
  });

  test.each(['0.6', '0.13', 'x', '1.0'])('Buildpack API %s is refused [VER-06]', (text) => {
    expect(() => requireBuildpackApi(text, 'a/b@1.0.0')).toThrow(
      expect.objectContaining({ code: 'BUILDPACK_API_UNSUPPORTED', exitCode: 12 }),
    );
  });
});
