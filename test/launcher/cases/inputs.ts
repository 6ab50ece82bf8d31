import { type Metadata, metadataWith } from '../launch-case.ts';
import type { RowCase } from './row-case.ts';

const platform = (version: string): string[] => [`CNB_PLATFORM_API=${version}`, 'PATH=/bin'];
const buildpack = (api: string): Metadata => ({
  ...metadataWith({}),
  buildpacks: [{ id: 'test/one', api }],
});

const supportedPlatforms = ['0.7', '0.8', '0.9', '0.10', '0.11', '0.12', '0.13', '0.14', '0.15', 'v0.12', '00.012'];
const unsupportedPlatforms = ['0.6', '0.3', '0.16', '1.0', '1', '0', '012', '0.'];
const unreadableVersions = [
  ' 0.12',
  '0.12 ',
  '0.12\n',
  '+0.12',
  '0.12.0',
  '0.x',
  'V0.12',
  '.12',
  '-1',
  'v',
  '99999999999999999999.1',
  '0.99999999999999999999',
];
const supportedBuildpacks = ['0.7', '0.8', '0.9', '0.10', '0.11', '0.12', 'v0.9', '0.012'];
const unsupportedBuildpacks = ['0.6', '0.2', '0.13', '1.0', '0'];

/** metadata.toml that is refused with exit 1. */
function malformed(name: string, metadata: string): RowCase {
  return {
    name: `LCH-22 metadata: ${name}`,
    metadata,
    expected: { exit: 1, argv: null, messages: ['ERROR: failed to read metadata: toml: …'] },
  };
}

const process = '[[processes]]\ntype = "web"\ncommand = ["/bin/probe"]\ndirect = true\n';

/** metadata.toml that is read: it has the process above too. */
function accepted(name: string, more: string): RowCase {
  return { name: `LCH-22 metadata: ${name}`, metadata: `${more}\n${process}`, expected: { argv: ['/bin/probe'] } };
}

export const inputCases: readonly RowCase[] = [
  ...supportedPlatforms.map((version): RowCase => ({
    name: `VER-04 Platform API "${version}" is supported`,
    env: platform(version),
    expected: { argv: ['/bin/probe'] },
  })),
  ...unsupportedPlatforms.map((version): RowCase => ({
    name: `VER-04 Platform API "${version}" is not`,
    env: platform(version),
    expected: {
      exit: 11,
      messages: [
        `ERROR: failed to set platform API: platform API version '${version}' is incompatible with the lifecycle`,
      ],
    },
  })),
  ...unreadableVersions.map((version): RowCase => ({
    name: `VER-01 Platform API ${JSON.stringify(version)} is no version`,
    env: platform(version),
    expected: { exit: 11, argv: null },
  })),
  ...['CNB_PLATFORM_API=', 'CNB_PLATFORM_API= \t', 'OTHER=1'].map((variable): RowCase => ({
    name: `VER-05 Platform API missing: "${variable}"`,
    env: [variable],
    expected: {
      exit: 11,
      messages: [
        "ERROR: failed to get platform API version; please set 'CNB_PLATFORM_API' to specify the desired platform API version",
      ],
    },
  })),
  ...supportedBuildpacks.map((version): RowCase => ({
    name: `VER-06 Buildpack API "${version}" is supported`,
    metadata: buildpack(version),
    expected: { argv: ['/bin/probe'] },
  })),
  ...unsupportedBuildpacks.map((version): RowCase => ({
    name: `VER-06 Buildpack API "${version}" is not`,
    metadata: buildpack(version),
    expected: {
      exit: 12,
      messages: [
        `ERROR: failed to set API for buildpack 'test/one': buildpack API version '${version}' is incompatible with the lifecycle`,
      ],
    },
  })),
  {
    name: 'VER-06 Buildpack API "0.12 " is no version',
    metadata: buildpack('0.12 '),
    differs: 'The reference prints <nil> instead of the version',
    expected: {
      exit: 12,
      messages: ["ERROR: failed to parse buildpack API '0.12 ' for buildpack 'test/one'"],
    },
  },
  {
    name: 'VER-06 a buildpack without API',
    metadata: '[[buildpacks]]\nid = "x"\n',
    differs: 'The reference prints <nil> instead of the version',
    expected: { exit: 12, messages: ["ERROR: failed to parse buildpack API '' for buildpack 'x'"] },
  },
  {
    name: 'LCH-18 Buildpack API 0.3, whose shell processes had other rules, is refused',
    metadata: buildpack('0.3'),
    expected: { exit: 12, argv: null },
  },
  {
    name: 'LCH-22 the Platform API is judged before the metadata',
    env: platform('0.3'),
    metadata: 'not TOML',
    expected: { exit: 11, argv: null },
  },
  {
    name: "LCH-22 the metadata is judged before the buildpacks' APIs",
    metadata: '[[buildpacks]]\nid = "x"\napi = "0.2"\nnot TOML',
    expected: { exit: 1, argv: null },
  },
  {
    name: "LCH-22 the buildpacks' APIs are judged before the process and before CNB_PROCESS_TYPE is mentioned",
    metadata: '[[buildpacks]]\nid = "x"\napi = "0.2"\n',
    argv: ['/cnb/lifecycle/launcher'],
    moreEnv: ['CNB_PROCESS_TYPE=x'],
    expected: {
      exit: 12,
      messages: [
        "ERROR: failed to set API for buildpack 'x': buildpack API version '0.2' is incompatible with the lifecycle",
      ],
    },
  },
  {
    name: 'LCH-22 missing metadata',
    metadata: null,
    expected: {
      exit: 1,
      messages: ['ERROR: failed to read metadata: open /layers/config/metadata.toml: no such file or directory'],
    },
  },
  {
    name: 'LCH-22 metadata that is a directory',
    metadata: null,
    files: { '/layers/config/metadata.toml': { directory: true } },
    expected: {
      exit: 1,
      messages: ['ERROR: failed to read metadata: read /layers/config/metadata.toml: is a directory'],
    },
  },
  {
    name: 'LCH-22 unreadable metadata',
    metadata: null,
    files: { '/layers/config/metadata.toml': { content: '', mode: 0o600 } },
    uid: 1000,
    expected: {
      exit: 1,
      messages: ['ERROR: failed to read metadata: open /layers/config/metadata.toml: permission denied'],
    },
  },
  {
    name: 'SEC metadata above 1 MiB',
    metadata: `# ${'x'.repeat(1 << 20)}\n${process}`,
    differs: 'The reference reads metadata of any size',
    expected: {
      exit: 1,
      messages: ['ERROR: failed to read metadata: read /layers/config/metadata.toml: file too large'],
    },
  },
  {
    name: 'SEC metadata nested too deeply',
    metadata: `deep = ${'['.repeat(100)}${']'.repeat(100)}\n${process}`,
    differs: 'The reference has no limit but its stack',
    expected: { exit: 1, argv: null },
  },
  malformed('no TOML', 'not TOML'),
  malformed('an unfinished table name', '[processes'),
  malformed('processes is a string', 'processes = "x"'),
  malformed('processes is a table', '[processes]\ntype = "web"'),
  malformed('processes holds a string', 'processes = ["x"]'),
  malformed('type is an integer', '[[processes]]\ntype = 1'),
  malformed('args is a string', '[[processes]]\ntype = "web"\nargs = "x"'),
  malformed('args holds an integer', '[[processes]]\ntype = "web"\nargs = ["x", 1]'),
  malformed('direct is a string', '[[processes]]\ntype = "web"\ndirect = "true"'),
  malformed('default is a string', '[[processes]]\ntype = "web"\ndefault = "true"'),
  malformed('command is a boolean', '[[processes]]\ntype = "web"\ncommand = true'),
  malformed('command is a table', '[[processes]]\ntype = "web"\n[processes.command]\na = 1'),
  malformed('working-dir is an array', '[[processes]]\ntype = "web"\nworking-dir = ["x"]'),
  malformed('exec-env is a string', '[[processes]]\ntype = "web"\nexec-env = "x"'),
  malformed('id is an integer', '[[buildpacks]]\nid = 1\napi = "0.12"'),
  malformed('buildpacks is a boolean', 'buildpacks = true'),
  malformed('a table twice', '[a]\n[a]'),
  malformed('a table that is an array', '[[a]]\n[a]'),
  malformed('an array that is a table', '[a]\n[[a]]'),
  malformed('an array that is a value', 'a = []\n[[a]]'),
  malformed('a table through a value', 'a = 1\n[a.b]'),
  malformed('a number with a leading zero', 'a = 01'),
  malformed('a number that is too large', 'a = 9223372036854775808'),
  malformed('two underscores', 'a = 1__0'),
  malformed('a day that is none', 'a = 2023-02-29'),
  malformed('a month that is none', 'a = 2023-13-01'),
  malformed('an unfinished array', 'a = [1, 2'),
  malformed('two commas', 'a = [1,,2]'),
  malformed('an unfinished inline table', 'a = { b = 1'),
  malformed('a duplicate in an inline table', 'a = { b = 1, b = 2 }'),
  malformed('something behind a table name', '[a] b = 1'),
  malformed('an empty table name', '[]'),
  malformed('a float without digits behind the dot', 'a = 1.'),
  {
    name: 'LCH-22 metadata: keys are read whatever their case',
    metadata:
      '[[Processes]]\nTYPE = "web"\nCommand = ["/bin/probe"]\nDirect = true\nArgs = ["a"]\nWorking-Dir = "/bin"\n',
    expected: { argv: ['/bin/probe', 'a'], cwd: '/bin' },
  },
  accepted('unknown tables', '[[slices]]\npaths = ["a", "b"]\n[[labels]]\nkey = "a"\nvalue = "b"\n[x.y]\nz = 1'),
  accepted('numbers of all kinds', 'a = [0, -1, +2, 1_000, 0xFf, 0o17, 0b1, 1.5, -0.0, 1e3, 6.02e-23, inf, -nan]'),
  accepted(
    'dates of all kinds',
    'a = [1979-05-27T07:32:00Z, 1979-05-27 07:32:00.5-07:00, 1979-05-27T07:32:00, 1979-05-27, 07:32:00, 07:32]',
  ),
  accepted('nested arrays and tables over lines', 'a = [ [1, 2], # c\n  [ "x", ], { b = 1,\n c = { } , }, ]'),
  accepted('dotted and quoted keys', 'a.b.c = 1\na."b d".e = 2\n\'f.g\' = 3'),
  accepted('super-tables behind their tables', '[a.b]\nc = 1\n[a]\nd = 1\n[[e.f]]\n[[e.f]]\n[e.f.g]'),
  {
    name: 'LCH-22 metadata: processes as an inline array',
    metadata: 'processes = [{ type = "web", command = ["/bin/probe"], direct = true }]',
    expected: { argv: ['/bin/probe'] },
  },
  {
    name: 'LCH-22 metadata: a command of something else than strings',
    metadata: '[[processes]]\ntype = "web"\ncommand = ["/bin/probe", 1]\ndirect = true\n',
    differs: 'The reference prints such values as Go does; no writer emits them',
    expected: { exit: 1, argv: null },
  },
];
