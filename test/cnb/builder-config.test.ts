import { describe, expect, test } from 'vitest';
import { parseBuilderConfig } from '../../src/cnb/builder-config.ts';
import { parsePackageConfig } from '../../src/cnb/package-config.ts';

const usual = '[build]\nimage = "a"\n[[run.images]]\nimage = "b"\n';

describe('parseBuilderConfig()', () => {
  test('BLR-09 reads what pack reads', () => {
    const config = parseBuilderConfig(
      `description = "x"
${usual}mirrors = ["c"]
[[buildpacks]]
id = "a/b"
version = "1.0.0"
image = "host.example/b"
[[order]]
[[order.group]]
id = "a/b"
optional = true
exec-env = ["test"]
[[build.env]]
name = "A"
value = "1"
suffix = "append"
delim = ":"
[lifecycle]
version = "0.20.0"
[[targets]]
os = "linux"
[[system.pre.buildpacks]]
id = "a/b"
`,
      'builder.toml',
    );
    expect(config).toEqual({
      description: 'x',
      buildpacks: [{ id: 'a/b', version: '1.0.0', source: 'docker://host.example/b' }],
      order: [[{ id: 'a/b', optional: true, execEnv: ['test'] }]],
      system: { pre: [{ id: 'a/b', optional: false, execEnv: [] }], post: [] },
      buildImage: 'a',
      buildEnv: [{ name: 'A', value: '1', suffix: 'append', delimiter: ':' }],
      runImages: [{ image: 'b', mirrors: ['c'] }],
      lifecycle: { version: '0.20.0' },
      warnings: [],
    });
  });

  test('BLR-09 reads [stack] of older files', () => {
    const text = '[stack]\nid = "s"\nbuild-image = "a"\nrun-image = "b"\nrun-image-mirrors = ["c"]\n';
    expect(parseBuilderConfig(text, 'builder.toml')).toMatchObject({
      stackId: 's',
      buildImage: 'a',
      runImages: [{ image: 'b', mirrors: ['c'] }],
    });
  });

  test('warns about keys that nobody knows', () => {
    const { warnings } = parseBuilderConfig(`desciption = "x"\n${usual}[lifecycle]\nurl = "x"\n`, 'builder.toml');
    expect(warnings).toEqual([
      '"desciption" of "builder.toml" is unknown and has no effect; the nearest is "description"',
      '"lifecycle.url" of "builder.toml" is unknown and has no effect; the nearest is "uri"',
    ]);
  });

  test.each([
    { what: 'no build image', text: '[[run.images]]\nimage = "b"', problem: 'it names no build image' },
    { what: 'no run image', text: '[build]\nimage = "a"', problem: 'it names no run image' },
    { what: 'two build images', text: `${usual}[stack]\nbuild-image = "z"`, problem: 'stack.build-image is "z"' },
    {
      what: 'a buildpack from nowhere',
      text: `${usual}[[buildpacks]]\nversion = "1"`,
      problem: 'neither uri, image nor id',
    },
    { what: 'extensions', text: `${usual}[[extensions]]\nid = "x"`, problem: 'it has image extensions' },
    {
      what: 'a path as a variable',
      text: `${usual}[[build.env]]\nname = "../A"`,
      problem: 'cannot be the name of a variable',
    },
    {
      what: 'an unknown suffix',
      text: `${usual}[[build.env]]\nname = "A"\nsuffix = "x"`,
      problem: 'suffix "x" of "A"',
    },
  ])('refuses $what', ({ text, problem }) => {
    expect(() => parseBuilderConfig(text, 'builder.toml')).toThrow(problem);
  });
});

describe('parsePackageConfig()', () => {
  test('DST-08 reads what pack reads', () => {
    const text =
      '[buildpack]\nuri = "./a"\n[[dependencies]]\nuri = "b.cnb"\n[[dependencies]]\nimage = "host.example/c"\n[[targets]]\nos = "linux"\narch = "arm64"\n[platform]\nos = "linux"\n';
    expect(parsePackageConfig(text, 'package.toml')).toEqual({
      uri: './a',
      dependencies: ['b.cnb', 'docker://host.example/c'],
      targets: [{ os: 'linux', arch: 'arm64' }],
      warnings: [],
    });
  });

  test.each([
    { what: 'extensions', text: '[extension]\nuri = "."', problem: 'image extension' },
    { what: 'Windows', text: '[platform]\nos = "windows"', problem: 'platform.os is "windows"' },
    { what: 'a dependency from nowhere', text: '[[dependencies]]\n', problem: 'neither uri nor image' },
    {
      what: 'a dependency from two places',
      text: '[[dependencies]]\nuri = "a"\nimage = "b"',
      problem: 'both uri and image',
    },
  ])('refuses $what', ({ text, problem }) => {
    expect(() => parsePackageConfig(text, 'package.toml')).toThrow(problem);
  });
});
