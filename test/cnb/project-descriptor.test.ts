import { describe, expect, test } from 'vitest';
import type { ProjectDescriptor } from '../../src/cnb/project-descriptor.ts';
import { parseProjectDescriptor } from '../../src/cnb/project-descriptor.ts';

const parse = (text: string): ProjectDescriptor => parseProjectDescriptor(text, 'project.toml');
const head = '[_]\nschema-version = "0.2"\n';

describe('parseProjectDescriptor()', () => {
  test('PRJ-03 to PRJ-09 reads schema 0.2', () => {
    const text = `${head}id = "i"\nname = "n"\nversion = "1"\nsource-url = "s"\nauthors = ["a"]
[[_.licenses]]\ntype = "MIT"\n[_.metadata]\nx = 1
[io.buildpacks]\nbuilder = "b"\nexclude = ["*.md"]
[[io.buildpacks.group]]\nid = "a/b"\nversion = "1.0.0"\n[[io.buildpacks.group]]\nuri = "./bp"
[[io.buildpacks.pre.group]]\nid = "pre"\n[[io.buildpacks.post.group]]\nid = "post"
[[io.buildpacks.build.env]]\nname = "A"\nvalue = "1"\n[[io.buildpacks.env.build]]\nname = "B"\nvalue = "2"
[dev.tsbuildpack]\nrun-image = "scratch"\n[dev.tsbuildpack.go]\ncgo = false\n[com.example]\nx = 1\n`;
    expect(parse(text)).toEqual({
      id: 'i',
      name: 'n',
      version: '1',
      sourceUrl: 's',
      builder: 'b',
      exclude: ['*.md'],
      group: [
        { id: 'a/b', version: '1.0.0', optional: false },
        { uri: './bp', optional: false },
      ],
      pre: [{ id: 'pre', optional: false }],
      post: [{ id: 'post', optional: false }],
      buildEnv: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      metadata: { x: 1n },
      tsbuildpack: { 'run-image': 'scratch', go: { cgo: false } },
      warnings: [],
    });
  });

  test('PRJ-12 reads schema 0.1', () => {
    const text = `[project]\nid = "i"\nversion = "1"\n[build]\nbuilder = "b"\ninclude = ["src"]
[[build.buildpacks]]\nid = "a"\n[[build.env]]\nname = "A"\nvalue = "1"\n[metadata]\nx = true\n`;
    expect(parse(text)).toMatchObject({
      id: 'i',
      builder: 'b',
      include: ['src'],
      group: [{ id: 'a', optional: false }],
      buildEnv: [{ name: 'A', value: '1' }],
      metadata: { x: true },
      warnings: ['"project.toml" has no schema version and is read as 0.1: write [_] schema-version = "0.2"'],
    });
    expect(parse(`[_]\nschema-version = "0.1"\n${text}`).warnings).toEqual([]);
  });

  test.each(['', '[dev.tsbuildpack]\nlauncher = "none"\n'])(
    'PRJ-02 a file that needs no schema gets no warning: %j',
    (text) => {
      expect(parse(text).warnings).toEqual([]);
    },
  );

  test('PRJ-06 a script has an API, its text and a shell', () => {
    const text = `${head}[[io.buildpacks.group]]\nid = "a"\n[io.buildpacks.group.script]\napi = "0.12"\ninline = "x"`;
    expect(parse(text).group).toEqual([
      { id: 'a', optional: false, script: { api: '0.12', inline: 'x', shell: '/bin/sh' } },
    ]);
  });

  test('PRJ-13 what is for another environment is not there', () => {
    const text = `[_]\nschema-version = "0.3"\n[[io.buildpacks.group]]\nid = "a"\nexec-env = ["test"]
[[io.buildpacks.group]]\nid = "b"\nexec-env = ["production", "test"]
[[io.buildpacks.build.env]]\nname = "A"\nvalue = "1"\nexec-env = ["test"]\n`;
    const { group, buildEnv, warnings } = parse(text);
    expect({ ids: group?.map(({ id }) => id), buildEnv, warnings }).toEqual({ ids: ['b'], buildEnv: [], warnings: [] });
  });

  test('PRJ-14 unknown keys are warned about, wherever they are', () => {
    const text = `${head}nmae = "x"\n[[_.licenses]]\ntype = "MIT"\nfoo = 1\n[io.buildpacks]\nInclude = ["a"]\nincludes = ["a"]
[[io.buildpacks.build.env]]\nname = "A"\nkey = "B"\n`;
    expect(parse(text).warnings).toEqual([
      '"_.nmae" of "project.toml" is unknown and has no effect; the nearest is "name"',
      '"_.licenses.foo" of "project.toml" is unknown and has no effect',
      '"io.buildpacks.includes" of "project.toml" is unknown and has no effect; the nearest is "include"',
      '"io.buildpacks.build.env.key" of "project.toml" is unknown and has no effect',
    ]);
  });

  test('warns of tables that are nearly ours, and of no others beside them', () => {
    const text = '[io.buildpack]\n[io.other]\n[dev.tsbuildpak]\nstack = "static"\n[dev.other]\n[com.example]\n';
    const own = '"dev.tsbuildpak" of "project.toml" is unknown and has no effect; the nearest is "tsbuildpack"';
    expect(parse(`${head}${text}`).warnings).toEqual([
      '"io.buildpack" of "project.toml" is unknown and has no effect; the nearest is "buildpacks"',
      own,
    ]);
    expect(parse(text).warnings).toContain(own);
  });

  // @cnb PRJ-02 PRJ-03 PRJ-05 PRJ-06
  test.each([
    { row: 'PRJ-02', text: '[_]\nschema-version = "9"', message: 'schema version "9" is unknown' },
    { row: 'PRJ-03', text: `${head}[[_.licenses]]\n`, message: 'a license has neither type nor uri' },
    { row: 'PRJ-05', text: `${head}[io.buildpacks]\ninclude = []\nexclude = []`, message: 'both include and exclude' },
    {
      row: 'PRJ-06',
      text: `${head}[[io.buildpacks.group]]\nid = "a"\nversion = "1"\nuri = "u"`,
      message: 'both version and uri',
    },
    { row: 'PRJ-06', text: `${head}[[io.buildpacks.group]]\nversion = "1"`, message: 'neither id nor uri' },
    {
      row: 'PRJ-06',
      text: `${head}[[io.buildpacks.group]]\nid = "a"\n[io.buildpacks.group.script]\napi = "0.12"`,
      message: 'script.inline" is missing',
    },
    {
      row: 'PRJ-06',
      text: `${head}[[io.buildpacks.group]]\nid = "a"\nuri = "b"\n[io.buildpacks.group.script]\napi = "0.12"\ninline = "x"`,
      message: 'both script and uri',
    },
    {
      row: 'PRJ-07',
      text: `${head}[[io.buildpacks.group]]\n[io.buildpacks.group.script]\napi = "0.12"\ninline = "x"`,
      message: 'neither id nor uri',
    },
    { row: 'PRJ-09', text: `${head}[[io.buildpacks.build.env]]\nvalue = "1"`, message: 'name" is missing' },
    {
      row: 'PRJ-09',
      text: `${head}[[io.buildpacks.build.env]]\nname = "A=B"`,
      message: 'cannot be the name of a variable',
    },
    {
      row: 'FIL-16',
      text: `${head}[io.buildpacks]\ninclude = "a"`,
      message: '"io.buildpacks.include" is a string, it must be a list of strings',
    },
  ])('$row refuses what says "$message"', ({ text, message }) => {
    const read = (): unknown => parse(text);
    expect(read).toThrow(expect.objectContaining({ code: 'DESCRIPTOR_INVALID' }));
    expect(read).toThrow(message);
  });
});
