import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { idOf, toml, openScriptBuilds } from './script-builds.ts';

const { phases, build } = await openScriptBuilds();
const { layers, events } = phases;

describe('processes', () => {
  const processes = (...lines: readonly string[]): string => `${toml(lines.join('\n'))} > "$1/launch.toml"`;
  const web = (command: string, more = ''): string => `[[processes]]\ntype = "web"\ncommand = ["${command}"]\n${more}`;

  test.each([
    { what: 'PRC-01 a command that is text', lines: '[[processes]]\ntype = "web"\ncommand = "run"' },
    { what: 'PRC-01 direct', lines: '[[processes]]\ntype = "web"\ncommand = ["run"]\ndirect = true' },
    { what: 'PRC-03 a type with a slash', lines: '[[processes]]\ntype = "a/b"\ncommand = ["run"]' },
    { what: 'PRC-05 two defaults', lines: `${web('a', 'default = true\n')}${web('b', 'default = true')}` },
    { what: 'LCH-23 an empty command', lines: '[[processes]]\ntype = "web"\ncommand = []' },
    { what: 'FIL-16 text for a boolean', lines: web('a', 'default = "true"') },
  ])('$what is an error', async ({ lines }) => {
    await expect(build([processes(lines)])).rejects.toMatchObject({ code: 'BUILD_OUTPUT_INVALID' });
  });

  test('PRC-06 and PRC-09 the last definition and the last default win, sorted by type', async () => {
    const { launchMetadata } = await build([
      processes(
        web('one', 'default = true'),
        '[[processes]]\ntype = "a"\ncommand = ["a"]\nargs = ["x"]\nworking-dir = "/tmp"',
      ),
      processes('[[processes]]\ntype = "worker"\ncommand = ["w"]\ndefault = true\nexec-env = ["test"]'),
    ]);
    expect(launchMetadata.processes).toMatchObject([
      { type: 'a', args: ['x'], workingDirectory: '/tmp' },
      { type: 'web', command: ['one'] },
      { type: 'worker', execEnv: ['test'] },
    ]);
    expect(launchMetadata.defaultProcessType).toBe('worker');
  });

  test('PRC-07 redefining the default without making it the default leaves none, and warns', async () => {
    const { launchMetadata } = await build([processes(web('one', 'default = true')), processes(web('two'))]);
    expect(launchMetadata.processes).toMatchObject([{ type: 'web', command: ['two'] }]);
    expect(launchMetadata.defaultProcessType).toBeUndefined();
    expect(events.find(({ type }) => type === 'warning')).toMatchObject({
      message: expect.stringContaining('redefines the default process "web"') as string,
    });
  });

  test('FIL-15 keys are found whatever their case', async () => {
    const { launchMetadata } = await build([
      processes('[[Processes]]\nType = "web"\nCOMMAND = ["x"]\n[[Slices]]\nPaths = ["p"]'),
    ]);
    expect(launchMetadata).toMatchObject({ processes: [{ type: 'web', command: ['x'] }], slices: [{ paths: ['p'] }] });
  });
});

describe('bills of materials', () => {
  const formats = 'sbom-formats = ["application/vnd.cyclonedx+json", "application/spdx+json; version=2.3"]';
  const layer = (name: string, types: string): string =>
    `mkdir "$1/${name}"; ${toml(`[types]\n${types}`)} > "$1/${name}.toml"; echo ${name} > "$1/${name}.sbom.cdx.json"`;

  test('SBM-01, SBM-05 to SBM-07 files go to the trees of launch, build and cache', async () => {
    const id = 'test/sbom';
    const script = [
      layer('l', 'launch = true'),
      layer('c', 'cache = true'),
      layer('lc', 'launch = true\ncache = true'),
      'echo 1 > "$1/launch.sbom.spdx.json"; echo 2 > "$1/build.sbom.cdx.json"; echo 3 > "$1/nobody.sbom.cdx.json"',
    ].join('; ');
    await build([{ id, about: formats, build: script }]);
    const root = join(layers, 'sbom');
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .toSorted();
    expect(files).toEqual([
      'build/sbom.legacy.json',
      'build/test_sbom/c/sbom.cdx.json',
      'build/test_sbom/sbom.cdx.json',
      'cache/test_sbom/c/sbom.cdx.json',
      'cache/test_sbom/lc/sbom.cdx.json',
      'launch/sbom.legacy.json',
      'launch/test_sbom/l/sbom.cdx.json',
      'launch/test_sbom/lc/sbom.cdx.json',
      'launch/test_sbom/sbom.spdx.json',
    ]);
    expect(readFileSync(join(root, 'launch/test_sbom/l/sbom.cdx.json'), 'utf8')).toBe('l\n');
  });

  test.each([
    { what: 'SBM-02 an unknown extension', build: 'echo 1 > "$1/launch.sbom.other.json"' },
    { what: 'SBM-03 a kind that is not declared', build: 'echo 1 > "$1/launch.sbom.syft.json"' },
    { what: 'SBM-01 a directory', build: 'mkdir "$1/launch.sbom.cdx.json"' },
    { what: 'SBM-01 a pipe', build: 'mkfifo "$1/launch.sbom.cdx.json"' },
  ])('$what is an error', async ({ build: script }) => {
    await expect(build([{ about: formats, build: script }])).rejects.toMatchObject({ code: 'BUILD_OUTPUT_INVALID' });
  });

  test('SBM-04 a layer with a dot in its name has none', async () => {
    const { outputs } = await build([{ about: formats, build: layer('a.b', 'launch = true') }]);
    expect(outputs[0]?.outcome.sboms).toEqual([]);
  });

  test('SBM-09 and PRC-18 legacy entries are collected and warned about, null when there are none', async () => {
    const entry = '[[bom]]\nname = "thing"\n[bom.metadata]\nversion = "1"\nhtml = "<a>"';
    const result = await build([`${toml(entry)} > "$1/launch.toml"`]);
    const buildpack = { id: idOf(result), version: result.outputs[0]?.buildpack.descriptor.version };
    expect(readFileSync(join(layers, 'sbom/launch/sbom.legacy.json'), 'utf8')).toBe(
      `[{"name":"thing","metadata":{"html":"\\u003ca\\u003e","version":"1"},"buildpack":${JSON.stringify(buildpack)}}]\n`,
    );
    expect(readFileSync(join(layers, 'sbom/build/sbom.legacy.json'), 'utf8')).toBe('null\n');
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning' }));
    await expect(build([`${toml('[[bom]]\nname = "x"\nversion = "1"')} > "$1/launch.toml"`])).rejects.toMatchObject({
      code: 'BUILD_OUTPUT_INVALID',
    });
  });
});
