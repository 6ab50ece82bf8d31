import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseGroup } from '../../src/cnb/group.ts';
import { parseLaunchMetadata } from '../../src/cnb/launch-metadata.ts';
import type { ResolvedPlan } from '../../src/cnb/plan.ts';
import { parsePlan } from '../../src/cnb/plan.ts';
import { idOf, toml, openScriptBuilds } from './script-builds.ts';

const { phases, build, dirOf } = await openScriptBuilds();
const { layers, events } = phases;

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

  test('a buildpack that writes its environment into a layer writes the same in every build', async () => {
    const seen: string[] = [];
    const buildpack = await phases.script({
      id: 'test/environment',
      build: `env | sort > ${phases.root}/same; echo "$*" >> ${phases.root}/same`,
    });
    for (let times = 0; times < 2; times += 1) {
      await phases.build({ group: [buildpack], plan: { entries: [] } });
      seen.push(readFileSync(join(phases.root, 'same'), 'utf8'));
    }
    expect(seen[0]).toBe(seen[1]);
  });

  test('BLD-04 what was restored in its layers directory is still there', async () => {
    mkdirSync(join(layers, 'test_restored'));
    writeFileSync(join(layers, 'test_restored', 'kept.toml'), '[metadata]\nx = 1\n');
    const { outputs } = await build([{ id: 'test/restored', build: 'test -f "$1/kept.toml"' }]);
    expect(outputs[0]?.outcome.layers).toMatchObject([{ name: 'kept', metadata: { x: 1n } }]);
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
      processes: [{ type: 'web', command: ['run'], direct: true, buildpackId: 'test/meta', execEnv: [] }],
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
    const { outputs } = await build([{ id: 'test/one', build: unmet }], { plan: wishes('a') });
    expect(outputs[0]?.outcome.unmet).toEqual(['a']);
  });
});
