import { describe, expect, test } from 'vitest';
import { formatPlatform, parsePlatform } from '../../src/oci/platform.ts';

describe('parsePlatform()', () => {
  test.each([
    'linux/amd64',
    'linux/amd64/v3',
    'linux/arm64/v8',
    'linux/arm/v7',
    'linux/riscv64',
    'linux/s390x',
    'linux/loong64',
    'linux/ppc64le',
    'windows/amd64',
    'wasi/wasm',
  ])('reads %s', (text) => {
    expect(formatPlatform(parsePlatform(text))).toBe(text);
  });

  test.each([
    ['linux/x86_64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/aarch64/v8', 'linux/arm64/v8'],
    ['linux/armhf', 'linux/arm/v7'],
  ])('takes %s for %s', (text, meant) => {
    expect(formatPlatform(parsePlatform(text))).toBe(meant);
  });

  test.each([
    ['lunix/amd64', 'there is no operating system "lunix"', 'linux, '],
    ['amd64/linux', 'there is no operating system "amd64"', 'linux, '],
    ['linux/amd46', 'there is no architecture "amd46"', 'amd64, arm64, '],
    ['linux/constructor', 'there is no architecture "constructor"', 'amd64, arm64, '],
    ['linux', 'Cannot read platform "linux"', 'os/arch'],
    ['linux/', 'Cannot read platform "linux/"', 'os/arch'],
    ['linux/arm/', 'Cannot read platform "linux/arm/"', 'os/arch'],
    ['linux/armhf/v7', 'Cannot read platform "linux/armhf/v7"', 'os/arch'],
    ['linux/arm/v7/x', 'Cannot read platform "linux/arm/v7/x"', 'os/arch'],
  ])('refuses %s', (text, message, hint) => {
    expect(() => parsePlatform(text)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});
