import { describe, expect, test } from 'vitest';
import { formatBuildMetadata } from '../../src/cnb/build-metadata.ts';
import { parseBuildPlan, buildPlanTable } from '../../src/cnb/build-plan.ts';
import { escapeBuildpackId, parseBuildpackId, sameBuildpackId } from '../../src/cnb/buildpack-id.ts';
import { parseGroup, writeGroup } from '../../src/cnb/group.ts';
import { parseLaunch, writeLaunch } from '../../src/cnb/launch.ts';
import { parseLaunchMetadata, writeLaunchMetadata } from '../../src/cnb/launch-metadata.ts';
import { parseLayerMetadata, writeLayerMetadata, writeRestoredLayerMetadata } from '../../src/cnb/layer-metadata.ts';
import { parsePlan, writePlan } from '../../src/cnb/plan.ts';
import { parseStoreToml, writeStoreToml } from '../../src/cnb/store-toml.ts';
import { writeToml } from '../../src/cnb/toml.ts';
import { TomlTime } from '../../src/cnb/toml-value.ts';

const metadata = { n: 1n, f: 1, deep: { day: new TomlTime('local-date', '2026-01-01') }, list: [true, 'x'] };

describe('what is written is read again', () => {
  test('PLN-01 and PLN-14 a build plan', () => {
    const plan = {
      alternatives: [
        { provides: [{ name: 'a' }], requires: [] },
        { provides: [], requires: [{ name: 'b', metadata }] },
        { provides: [], requires: [] },
      ],
    } as const;
    expect(parseBuildPlan(writeToml(buildPlanTable(plan)), 'plan')).toEqual(plan);
    expect(parseBuildPlan('', 'plan')).toEqual({ alternatives: [{ provides: [], requires: [] }] });
  });

  test('PLN-12 a resolved plan', () => {
    const plan = { entries: [{ providers: [{ id: 'a/b', version: '1' }], requires: [{ name: 'x', metadata }] }] };
    expect(parsePlan(writePlan(plan), 'plan.toml')).toEqual(plan);
    expect(parsePlan(writePlan({ entries: [] }), 'plan.toml')).toEqual({ entries: [] });
  });

  test('FIL-01 a group', () => {
    const group = {
      group: [
        { id: 'a/b', version: '1', api: '0.12', homepage: 'h' },
        { id: 'c', version: '2', api: '0.10' },
      ],
      groupExtensions: [],
    };
    expect(parseGroup(writeGroup(group), 'group.toml')).toEqual(group);
    expect(() => parseGroup('[[group]]\nid = "a"\nversion = "1"', 'group.toml')).toThrow('"group[0].api" is missing');
  });

  test('LYR-01 to LYR-03 layer metadata', () => {
    const layer = { launch: true, build: false, cache: true, metadata };
    expect(parseLayerMetadata(writeLayerMetadata(layer), 'l.toml')).toEqual(layer);
    expect(parseLayerMetadata(writeRestoredLayerMetadata(metadata), 'l.toml')).toEqual({
      launch: false,
      build: false,
      cache: false,
      metadata,
    });
    expect(parseLayerMetadata('', 'l.toml')).toEqual({
      launch: false,
      build: false,
      cache: false,
      metadata: undefined,
    });
  });

  test('LYR-15 a store', () => {
    expect(parseStoreToml(writeStoreToml(metadata), 'store.toml')).toEqual(metadata);
  });

  test('launch.toml', () => {
    const launch = parseLaunch(
      `[[labels]]\nkey = "k"\nvalue = "v"\n[[slices]]\npaths = ["a"]\n[[bom]]\nname = "b"
[[processes]]\ntype = "web.1"\ncommand = ["a", "b"]\nargs = ["c"]\ndefault = true\nworking-dir = "/x"\nexec-env = ["test"]\n`,
      'launch.toml',
    );
    expect(parseLaunch(writeLaunch(launch), 'launch.toml')).toEqual(launch);
  });

  test('BLD-15 metadata.toml, twice with the same bytes', () => {
    const document = {
      buildpacks: [{ id: 'a', version: '1', api: '0.12', homepage: 'h' }],
      extensions: [],
      labels: [{ key: 'k', value: 'v' }],
      processes: [
        {
          type: 'web',
          command: ['a'],
          args: [],
          direct: true,
          buildpackId: 'a',
          workingDirectory: '/x',
          execEnv: ['test'],
        },
      ],
      slices: [{ paths: ['a', 'b'] }],
      defaultProcessType: 'web',
    };
    const text = writeLaunchMetadata(document);
    expect(parseLaunchMetadata(text, 'metadata.toml')).toEqual(document);
    expect(writeLaunchMetadata(parseLaunchMetadata(text, 'metadata.toml'))).toBe(text);
    expect(text).toContain('args = []');
  });

  test('PRC-20 no arguments are told from an empty list, up to the label', () => {
    const label = (args: string): unknown => {
      const { processes } = parseLaunch(`[[processes]]\ntype = "web"\ncommand = ["a"]\n${args}`, 'launch.toml');
      const stored = processes.map((process) => ({ ...process, buildpackId: 'a/b' }));
      const given = { buildpacks: [], extensions: [], labels: [], processes: stored, slices: [] };
      const read = parseLaunchMetadata(writeLaunchMetadata(given), 'metadata.toml');
      const text = formatBuildMetadata({ processes: read.processes, buildpacks: [], launcherVersion: '1' });
      return (JSON.parse(text) as { readonly processes: readonly { readonly args: unknown }[] }).processes[0]?.args;
    };
    expect(label('')).toBeNull();
    expect(label('args = []')).toEqual([]);
    expect(label('args = ["x"]')).toEqual(['x']);
  });

  test('PRC-12 a command may be text in metadata.toml', () => {
    const text = '[[processes]]\ntype = "web"\ncommand = "run"\nargs = ["x"]\ndirect = false\nbuildpack-id = "a"\n';
    expect(parseLaunchMetadata(text, 'metadata.toml').processes).toEqual([
      { type: 'web', command: ['run'], args: ['x'], direct: false, buildpackId: 'a', execEnv: [] },
    ]);
  });
});

describe('buildpack ids', () => {
  // @cnb BPT-03 BPT-04
  test.each(['config', 'APP', 'sbom', 'generated', '', 'a b', 'a//b', '/a', 'a/', 'a/../b', '.', 'ü'])(
    'BPT-03 and BPT-04 %j is refused',
    (id) => {
      expect(() => parseBuildpackId(id)).toThrow(expect.objectContaining({ code: 'BUILDPACK_INVALID' }));
    },
  );

  test('BPT-03 an underscore is taken, as others take it; ids with one directory are the same', () => {
    expect(parseBuildpackId('my_team/some_buildpack')).toBe('my_team/some_buildpack');
    expect(sameBuildpackId('my/team', 'my_Team')).toBe(true);
    expect(sameBuildpackId('my/team', 'my-team')).toBe(false);
  });

  test('a slash becomes an underscore in a directory', () => {
    expect(escapeBuildpackId(parseBuildpackId('io.x/y-Z/1.0'))).toBe('io.x_y-Z_1.0');
  });
});
