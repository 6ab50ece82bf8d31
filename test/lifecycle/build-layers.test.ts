import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toml, openScriptBuilds } from './script-builds.ts';

const { phases, build, dirOf } = await openScriptBuilds();

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
