import { describe, expect, test } from 'vitest';
import { checkExtendConfig } from '../../src/cnb/extend-config.ts';
import { parseBuildDockerfile, parseRunDockerfile } from '../../src/cnb/extension-dockerfile.ts';

describe('parseRunDockerfile()', () => {
  test.each([
    ['another image', 'FROM some/run:1\n', { base: 'some/run:1', names: [] }],
    ['another image and more', 'FROM some/run:1\nUSER 1\n', { base: 'some/run:1', names: ['USER'] }],
    ['the base', 'ARG base_image\nFROM ${base_image}\nRUN true\n', { base: undefined, names: ['RUN'] }],
    ['the base and nothing to do', 'ARG base_image\nFROM ${base_image}\n', { base: undefined, names: [] }],
    ['the base by another spelling', 'ARG base_image\nFROM $base_image\n', { base: '$base_image', names: [] }],
  ])('tells a switch from a change: %s', (_about, text, { base, names }) => {
    const read = parseRunDockerfile(text, 'run.Dockerfile');
    expect(read.base).toBe(base);
    expect(read.instructions.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ['no FROM', 'ARG base_image\n', 'it has no FROM'],
    ['two FROM', 'FROM a AS b\nFROM c\n', 'it has more than one FROM'],
  ])('refuses %s', (_about, text, problem) => {
    expect(() => parseRunDockerfile(text, 'run.Dockerfile')).toThrow(`Cannot use "run.Dockerfile": ${problem}`);
  });

  test('warns of instructions that the specification does not name', () => {
    const { warnings } = parseRunDockerfile('FROM a\nRUN b\nCMD c\n', 'run.Dockerfile');
    expect(warnings).toEqual(['CMD in line 3 of "run.Dockerfile" is not recommended: it may have no effect']);
  });
});

describe('parseBuildDockerfile()', () => {
  test('takes one stage on the base image', () => {
    const { base, instructions } = parseBuildDockerfile('ARG base_image\nFROM ${base_image}\nRUN a\n', 'f');
    expect({ base, names: instructions.map(({ name }) => name) }).toEqual({ base: undefined, names: ['RUN'] });
  });

  test.each([
    ['no argument', 'FROM ${base_image}\n', 'it does not begin with "ARG base_image"'],
    ['another argument', 'ARG other\nFROM ${base_image}\n', 'it does not begin with "ARG base_image"'],
    ['two arguments', 'ARG base_image\nARG b\nFROM ${base_image}\n', 'it does not begin with "ARG base_image"'],
    ['another image', 'ARG base_image\nFROM x\n', 'it is from "x", not from "${base_image}"'],
    ['two stages', 'ARG base_image\nFROM ${base_image}\nFROM x\n', 'it has more than one FROM'],
  ])('refuses %s', (_about, text, problem) => {
    expect(() => parseBuildDockerfile(text, 'build.Dockerfile')).toThrow(`Cannot use "build.Dockerfile": ${problem}`);
  });
});

describe('checkExtendConfig()', () => {
  const check = (text: string): void => checkExtendConfig(Buffer.from(text), 'extend-config.toml');

  test('takes arguments of any other name', () => {
    const text =
      '[[build.args]]\nname = "a"\nvalue = "b"\n[[run.args]]\nname = "BUILD_ID"\nvalue = ""\n[other]\nx = 1\n';
    expect(() => check(text)).not.toThrow();
  });

  test.each([
    ['[[build.args]]\nname = "build_id"\n', 'argument "build_id" is set by the lifecycle'],
    ['[[run.args]]\nname = "group_id"\n', 'argument "group_id" is set by the lifecycle'],
    ['[[run.args]]\nname = "a"\n[[run.args]]\nname = "user_id"\n', 'argument "user_id" is set by the lifecycle'],
    ['[[build.args]]\nname = 1\n', 'must be a string'],
    ['[[build.args]]\nname = "a"\nvalue = 1\n', 'must be a string'],
    ['[build', 'extend-config.toml'],
  ])('refuses %j', (text, problem) => {
    expect(() => check(text)).toThrow(problem);
  });
});
