import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseGroup } from '../../src/cnb/group.ts';
import { parseLaunchMetadata } from '../../src/cnb/launch-metadata.ts';
import type { ResolvedPlan } from '../../src/cnb/plan.ts';
import { parsePlan } from '../../src/cnb/plan.ts';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import type { BuildPhaseRequest, BuildPhaseResult } from '../../src/lifecycle/build.ts';
import type { ScriptBuildpack } from './phase-fixture.ts';
import { openPhases } from './phase-fixture.ts';

const phases = await openPhases();
const { layers, events } = phases;
const noPlan: ResolvedPlan = { entries: [] };

beforeEach(() => {
  events.length = 0;
  for (const name of readdirSync(layers)) rmSync(join(layers, name), { recursive: true });
});

let count = 0;

/** Builds with scripts, each a buildpack of its own; `id` is made up where the test does not care. */
async function build(
  scripts: readonly (Partial<ScriptBuildpack> | string)[],
  options: Partial<BuildPhaseRequest> & { readonly plan?: ResolvedPlan } = {},
): Promise<BuildPhaseResult> {
  const group = await Promise.all(
    scripts.map((script): Promise<Buildpack> => {
      count += 1;
      const parts = typeof script === 'string' ? { build: script } : script;
      return phases.script({ ...parts, id: parts.id ?? `test/b${count}`, version: `1.0.${count}` });
    }),
  );
  return phases.build({ group, plan: options.plan ?? noPlan }, options);
}

const idOf = ({ outputs }: BuildPhaseResult, index = 0): string => outputs[index]!.buildpack.descriptor.id;
const dirOf = (result: BuildPhaseResult, index = 0): string => join(layers, idOf(result, index).replaceAll('/', '_'));
const toml = (text: string): string => `printf '%s\\n' '${text.replaceAll('\n', "' '")}'`;

describe('running', () => {
  test('BLD-01 buildpacks run in order and the first failure ends the build', async () => {
    const log = join(phases.root, 'order');
    writeFileSync(log, '');
    const failing = `echo b >> ${log}; echo why >&2; exit 3`;
    await expect(build([`echo a >> ${log}`, failing, `echo c >> ${log}`])).rejects.toMatchObject({
      code: 'BUILDPACK_FAILED',
      exitCode: 51,
      detail: 'why',
    });
    expect(readFileSync(log, 'utf8')).toBe('a\nb\n');
  });

  test('BLD-02 to BLD-04 it runs in the application with arguments and variables, its layers directory made before', async () => {
    const seen = join(phases.root, 'seen');
    const result = await build([
      `{ pwd; echo "$0 $1 $2 $3"; echo "$CNB_BUILDPACK_DIR/bin/build $CNB_LAYERS_DIR $CNB_PLATFORM_DIR $CNB_BP_PLAN_PATH";
         echo "$CNB_EXEC_ENV $CNB_TARGET_OS $CNB_TARGET_DISTRO_NAME"; test -d "$1"; cat "$3"; } > ${seen}`,
    ]);
    const [pwd, args, variables, target, ...plan] = readFileSync(seen, 'utf8').split('\n');
    expect(pwd).toBe(phases.environment.paths.app.inside);
    expect(args).toBe(variables);
    expect(args?.split(' ')[1]).toBe(dirOf(result));
    expect(target).toBe('production linux debian');
    // BLD-05: an empty plan is a file too.
    expect(plan.join('')).toBe('entries = []');
    expect(args?.split(' ')[3]?.startsWith(layers)).toBe(false);
    expect(existsSync(args?.split(' ')[3] ?? '')).toBe(false);
  });

  test('BLD-04 what was restored in its layers directory is still there', async () => {
    mkdirSync(join(layers, 'test_restored'));
    writeFileSync(join(layers, 'test_restored', 'kept.toml'), '[metadata]\nx = 1\n');
    await build([{ id: 'test/restored', build: 'test -f "$1/kept.toml"' }]);
  });

  test('BLD-13 what it writes is reported as it comes', async () => {
    const result = await build(['echo one; echo two >&2']);
    const source = idOf(result);
    expect(events).toContainEqual({ type: 'output', source, stream: 'stdout', line: 'one' });
    expect(events).toContainEqual({ type: 'output', source, stream: 'stderr', line: 'two' });
  });

  test('BLD-14 the SBOMs of an earlier build are removed first', async () => {
    mkdirSync(join(layers, 'sbom', 'launch', 'old'), { recursive: true });
    await build(['test ! -e "$1/../sbom"']);
    expect(readdirSync(join(layers, 'sbom', 'launch'))).toEqual(['sbom.legacy.json']);
  });

  test('BLD-15 to BLD-17 and FIL-01, FIL-03, FIL-06 it writes metadata.toml, group.toml and plan.toml', async () => {
    const plan = {
      entries: [{ providers: [{ id: 'test/meta', version: '1' }], requires: [{ name: 'x', metadata: { n: 3n } }] }],
    };
    const result = await build(
      [
        {
          id: 'test/meta',
          about: 'homepage = "https://example.test"',
          build: `${toml('[[labels]]\nkey = "k"\nvalue = "v"\n[[slices]]\npaths = ["a"]\n[[processes]]\ntype = "web"\ncommand = ["run"]\ndefault = true')} > "$1/launch.toml"`,
        },
        { id: 'test/second', build: `${toml('[[slices]]\npaths = ["b", "c"]')} > "$1/launch.toml"` },
      ],
      { plan },
    );
    const read = (name: string): Buffer => readFileSync(join(layers, name));
    const metadata = parseLaunchMetadata(read('config/metadata.toml'), 'metadata.toml');
    expect(metadata).toEqual(result.launchMetadata);
    expect(metadata).toMatchObject({
      labels: [{ key: 'k', value: 'v' }],
      slices: [{ paths: ['a'] }, { paths: ['b', 'c'] }],
      defaultProcessType: 'web',
      processes: [{ type: 'web', command: ['run'], args: [], direct: true, buildpackId: 'test/meta', execEnv: [] }],
    });
    expect(metadata.buildpacks[0]).toMatchObject({ id: 'test/meta', api: '0.12', homepage: 'https://example.test' });
    expect(parseGroup(read('group.toml'), 'group.toml').group).toEqual(metadata.buildpacks);
    expect(parsePlan(read('plan.toml'), 'plan.toml')).toEqual(plan);
  });

  test('BLD-18 an empty group builds nothing', async () => {
    const { outputs, launchMetadata } = await build([]);
    expect(outputs).toEqual([]);
    expect(launchMetadata.processes).toEqual([]);
  });

  test('BLD-19 it may write to the application', async () => {
    await build(['echo made > made.txt']);
    expect(readFileSync(join(phases.app, 'made.txt'), 'utf8')).toBe('made\n');
  });

  test('a buildpack that removes its layers directory has no output', async () => {
    const { outputs } = await build(['rm -rf "$1"']);
    expect(outputs[0]?.outcome).toMatchObject({ layers: [], processes: [], sboms: [] });
  });
});

describe('plan', () => {
  const wishes = (...names: readonly string[]): ResolvedPlan => ({
    entries: names.map((name) => ({
      providers: [
        { id: 'test/one', version: '1' },
        { id: 'test/two', version: '1' },
      ],
      requires: [{ name, metadata: { when: 1.5 } }],
    })),
  });
  const save = (file: string): string => `cp "$3" ${join(phases.root, file)}`;
  const namesIn = (file: string): readonly string[] =>
    [...readFileSync(join(phases.root, file), 'utf8').matchAll(/^name = "(.*)"$/gm)].map((match) => match[1] ?? '');

  test('BLD-05 to BLD-07 entries are met unless they are left unmet', async () => {
    await build(
      [
        { id: 'test/one', build: `${save('one')}; ${toml('[[unmet]]\nname = "b"')} > "$1/build.toml"` },
        { id: 'test/two', build: save('two') },
        { id: 'test/three', build: save('three') },
      ],
      { plan: wishes('a', 'b') },
    );
    expect(namesIn('one')).toEqual(['a', 'b']);
    expect(namesIn('two')).toEqual(['b']);
    expect(namesIn('three')).toEqual([]);
    expect(readFileSync(join(phases.root, 'one'), 'utf8')).toContain('when = 1.5');
  });

  test.each(['', 'nobody'])('BLD-08 unmet %j is an error', async (name) => {
    const script = { id: 'test/one', build: `${toml(`[[unmet]]\nname = "${name}"`)} > "$1/build.toml"` };
    await expect(build([script], { plan: wishes('a') })).rejects.toMatchObject({
      code: 'BUILD_OUTPUT_INVALID',
      exitCode: 52,
    });
  });

  test('BLD-11 an entry that nobody met is no error', async () => {
    const unmet = `${toml('[[unmet]]\nname = "a"')} > "$1/build.toml"`;
    await build([{ id: 'test/one', build: unmet }], { plan: wishes('a') });
  });
});

describe('layers', () => {
  const layer = (name: string, types: string, more = ''): string =>
    `mkdir -p "$1/${name}"; ${toml(`[types]\n${types}\n${more}`)} > "$1/${name}.toml"`;

  test('LYR-01 flags at the top level are an error', async () => {
    await expect(build([`${toml('launch = true')} > "$1/a.toml"`])).rejects.toMatchObject({
      code: 'BUILD_OUTPUT_INVALID',
      message: expect.stringContaining('"launch" is at the top level, it must be in the [types] table') as string,
    });
  });

  test('LYR-02 metadata keeps its kinds', async () => {
    const metadata = '[metadata]\nbig = 9007199254740993\nfloat = 1.0\nday = 1979-05-27\n[metadata.in]\ntext = "x"';
    const { outputs } = await build([layer('a', 'launch = true', metadata)]);
    expect(outputs[0]?.outcome.layers[0]?.metadata).toEqual({
      big: 9007199254740993n,
      float: 1,
      day: { kind: 'local-date', text: '1979-05-27' },
      in: { text: 'x' },
    });
  });

  test('LYR-03 to LYR-05 a layer without flags is set aside, a directory without a TOML file is left alone', async () => {
    const result = await build([
      `${layer('off', 'launch = false')}; mkdir "$1/none" "$1/bare"; : > "$1/none.toml"; mkdir "$1/none.ignore"`,
    ]);
    const dir = dirOf(result);
    const directories = readdirSync(dir).filter((name) => statSync(join(dir, name)).isDirectory());
    expect(directories).toEqual(['bare', 'none.ignore', 'off.ignore']);
    expect(result.outputs[0]?.outcome.layers.map(({ name, hasDirectory }) => ({ name, hasDirectory }))).toEqual([
      { name: 'none', hasDirectory: false },
      { name: 'off', hasDirectory: false },
    ]);
  });

  test('LYR-06 the documents beside the layers are read as layers too, as far as flags go', async () => {
    await expect(build([`${toml('cache = true')} > "$1/store.toml"`])).rejects.toMatchObject({
      code: 'BUILD_OUTPUT_INVALID',
    });
  });

  test('LYR-08 a launch layer without a directory says so', async () => {
    const { outputs } = await build([`${toml('[types]\nlaunch = true')} > "$1/reused.toml"`]);
    expect(outputs[0]?.outcome.layers).toMatchObject([{ name: 'reused', launch: true, hasDirectory: false }]);
  });

  test('LYR-13 and LYR-14 documents that are no TOML are errors that name the file', async () => {
    for (const name of ['a.toml', 'store.toml', 'launch.toml', 'build.toml']) {
      await expect(build([`echo '= 1' > "$1/${name}"`])).rejects.toMatchObject({
        code: 'BUILD_OUTPUT_INVALID',
        message: expect.stringContaining(name) as string,
      });
    }
  });

  test('LYR-16 names may hold spaces, dots and other letters', async () => {
    const { outputs } = await build([layer('a b.c ü', 'launch = true')]);
    expect(outputs[0]?.outcome.layers.map(({ name }) => name)).toEqual(['a b.c ü']);
  });

  test('layers keep the modes that the buildpack gave them', async () => {
    const result = await build([
      `${layer('a', 'launch = true')}; touch "$1/a/x"; chmod 0640 "$1/a/x"; chmod 0711 "$1/a"`,
    ]);
    expect(lstatSync(join(dirOf(result), 'a')).mode & 0o7777).toBe(0o711);
    expect(lstatSync(join(dirOf(result), 'a', 'x')).mode & 0o7777).toBe(0o640);
  });
});

describe('environment of later buildpacks', () => {
  const layer = (name: string, commands: string): string =>
    `l="$1/${name}"; mkdir -p "$l/env" "$l/env.build" "$l/env.launch"; ${toml('[types]\nbuild = true')} > "$1/${name}.toml"; ${commands}`;
  const show = (file: string): string => `env > ${join(phases.root, file)}`;
  const shown = (file: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readFileSync(join(phases.root, file), 'utf8')
        .split('\n')
        .filter((line) => line.includes('='))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  test('ENV-02, ENV-04 and ENV-06 directories of build layers come in front of the path, the last layer first', async () => {
    const result = await build([
      layer('a', 'mkdir "$l/bin" "$l/lib"') + '; ' + layer('b', 'mkdir "$l/bin" "$l/include" "$l/pkgconfig"'),
      show('paths'),
    ]);
    const dir = dirOf(result);
    const env = shown('paths');
    expect(env['PATH']?.split(':').slice(0, 2)).toEqual([`${dir}/b/bin`, `${dir}/a/bin`]);
    expect(env).toMatchObject({
      LD_LIBRARY_PATH: `${dir}/a/lib`,
      LIBRARY_PATH: `${dir}/a/lib`,
      CPATH: `${dir}/b/include`,
      PKG_CONFIG_PATH: `${dir}/b/pkgconfig`,
    });
  });

  test('ENV-05 only build layers count, and only for those after them', async () => {
    const launch = `mkdir -p "$1/l/env"; printf no > "$1/l/env/LAUNCH"; ${toml('[types]\nlaunch = true')} > "$1/l.toml"`;
    await build([`${layer('a', 'printf yes > "$l/env/OWN"')}; ${launch}; ${show('own')}`, show('later')]);
    expect(shown('own')['OWN']).toBeUndefined();
    expect(shown('later')).toMatchObject({ OWN: 'yes' });
    expect(shown('later')['LAUNCH']).toBeUndefined();
  });

  test('ENV-07 and ENV-17 env comes before env.build, earlier buildpacks before later ones', async () => {
    await build([
      layer(
        'a',
        'printf 1 > "$l/env/V.append"; printf 2 > "$l/env.build/V.append"; printf 3 > "$l/env.launch/V.append"',
      ),
      layer('a', 'printf 4 > "$l/env/V.append"; printf 5 > "$l/env/V.prepend"; printf - > "$l/env/V.delim"'),
      show('order'),
    ]);
    expect(shown('order')['V']).toBe('5-12-4');
  });

  test('ENV-16 a dangling link among environment files is an error', async () => {
    await expect(build([layer('a', 'ln -s nowhere "$l/env/V"')])).rejects.toMatchObject({
      code: 'BUILD_OUTPUT_INVALID',
      message: expect.stringContaining('it is a link to nothing') as string,
    });
  });

  test('ENV-18 and ENV-19 the user wins, with path variables in front, each time anew', async () => {
    const env = { V: 'user', CPATH: '/user' };
    const result = await build(
      [
        layer('a', 'mkdir "$l/include"; printf layer > "$l/env/V"'),
        layer('b', 'printf X > "$l/env/V.append"'),
        show('user'),
      ],
      { env },
    );
    expect(shown('user')).toMatchObject({ V: 'user', CPATH: `/user:${dirOf(result)}/a/include` });
  });

  test('ENV-22 a buildpack with clear-env sees layers but not the user', async () => {
    await build([layer('a', 'printf layer > "$l/env/V"'), { about: 'clear-env = true', build: show('clear') }], {
      env: { V: 'user', W: 'user' },
    });
    expect(shown('clear')).toMatchObject({ V: 'layer' });
    expect(shown('clear')['W']).toBeUndefined();
  });

  test('ENV-24 nobody overrides the variables that are ours', async () => {
    const result = await build([layer('a', 'printf wrong > "$l/env/CNB_LAYERS_DIR"'), show('reserved')], {
      env: { CNB_TARGET_OS: 'plan9', CNB_BUILDPACK_DIR: '/wrong' },
    });
    expect(shown('reserved')).toMatchObject({ CNB_LAYERS_DIR: dirOf(result, 1), CNB_TARGET_OS: 'linux' });
    expect(shown('reserved')['CNB_BUILDPACK_DIR']).not.toBe('/wrong');
  });

  test.each(['a/b', 'a=b', ''])('a user variable that no file can be named after is refused: %j', async (name) => {
    await expect(build([], { env: { [name]: 'x' } })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

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

describe('hostile buildpacks', () => {
  const secret = join(phases.root, 'secret');
  writeFileSync(secret, 'token');

  test.each(['a.toml', 'launch.toml', 'store.toml', 'launch.sbom.cdx.json', 'l/env/V'])(
    'a link from %s to a file outside of the build is refused',
    async (name) => {
      const script = `mkdir -p "$1/l/env"; ${toml('[types]\nbuild = true')} > "$1/l.toml"; ln -s ${secret} "$1/${name}"`;
      await expect(
        build([{ about: 'sbom-formats = ["application/vnd.cyclonedx+json"]', build: script }]),
      ).rejects.toMatchObject({
        code: 'BUILD_OUTPUT_INVALID',
        message: expect.stringContaining('it is a link to a place outside of the build') as string,
      });
    },
  );

  test('links within the layers and the application are followed', async () => {
    writeFileSync(join(phases.app, 'process.toml'), '[[processes]]\ntype = "web"\ncommand = ["x"]\n');
    const { launchMetadata } = await build([`ln -s "$PWD/process.toml" "$1/launch.toml"`]);
    expect(launchMetadata.processes).toHaveLength(1);
  });

  test('links that a buildpack puts in place of our own directories do not lead us away', async () => {
    const away = join(phases.root, 'away');
    mkdirSync(away);
    const links = ['sbom', 'config', 'test_victim'].map((name) => `ln -s ${away} "$1/../${name}"`).join('; ');
    await build([links, { id: 'test/victim', build: 'echo mine > "$1/file"' }]);
    expect(readdirSync(away)).toEqual([]);
    expect(lstatSync(join(layers, 'test_victim')).isDirectory()).toBe(true);
  });

  test('group.toml that is a link of an earlier build is replaced', async () => {
    const victim = join(phases.root, 'victim.toml');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(layers, 'group.toml'));
    await build([]);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });
});
