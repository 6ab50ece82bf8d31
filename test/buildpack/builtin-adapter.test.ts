import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LayerHandle, LayerOptions } from '../../src/buildpack/api.ts';
import type { BuiltinBuildContext, BuiltinBuildpack } from '../../src/buildpack/builtin.ts';
import { builtinBuildpack } from '../../src/buildpack/builtin-adapter.ts';
import { parseLayerMetadata, writeRestoredLayerMetadata } from '../../src/cnb/layer-metadata.ts';
import { TsbuildpackError } from '../../src/errors.ts';
import type { BuildPhaseResult } from '../../src/lifecycle/build.ts';
import { found, group, openPhases } from '../lifecycle/phase-fixture.ts';

const phases = await openPhases({ hostEnv: { DECLARED: 'yes', UNDECLARED: 'no', CPATH: '/host' } });
const dir = join(phases.layers, 'test_builtin');

beforeEach(() => {
  phases.events.length = 0;
  rmSync(dir, { recursive: true, force: true });
});

const define = (parts: Partial<BuiltinBuildpack>): BuiltinBuildpack => ({
  id: 'test/builtin',
  version: '1.0.0',
  relocatable: true,
  inputs: { hostEnv: ['DECLARED'] },
  detect: () => Promise.resolve({ pass: true }),
  build: () => Promise.resolve({}),
  ...parts,
});

async function run(parts: Partial<BuiltinBuildpack>): Promise<BuildPhaseResult> {
  return phases.build(found(await phases.detect([group(builtinBuildpack(define(parts)))])));
}

/** Makes one layer in a build and gives its handle. */
async function layer(options: LayerOptions, write?: (handle: LayerHandle) => void): Promise<LayerHandle> {
  const made: LayerHandle[] = [];
  await run({
    build: async (context) => {
      const handle = await context.layer('l', options);
      write?.(handle);
      made.push(handle);
      return {};
    },
  });
  return made[0]!;
}

/** What the restore phase does with the TOML file: metadata stays, types go. */
function restoreMetadata(): void {
  const file = join(dir, 'l.toml');
  writeFileSync(file, writeRestoredLayerMetadata(parseLayerMetadata(readFileSync(file), file).metadata));
}

describe('layer()', () => {
  const cached = { build: true, cache: true, key: { version: '1', flags: ['a', { b: 2 }] } };

  test('a cached layer with an equal key is restored, whatever the order of the key’s members', async () => {
    expect(await layer(cached, ({ path }) => writeFileSync(join(path, 'x'), 'kept'))).toMatchObject({
      state: 'empty',
      cause: 'new',
    });
    restoreMetadata();
    const again = { ...cached, key: { flags: ['a', { b: 2 }], version: '1' } };
    expect(await layer(again)).toMatchObject({ state: 'restored', imagePath: '/layers/test_builtin/l' });
    expect(readFileSync(join(dir, 'l/x'), 'utf8')).toBe('kept');
    expect(readFileSync(join(dir, 'l.toml'), 'utf8')).toContain(
      '[types]\nlaunch = false\nbuild = true\ncache = true\n',
    );
  });

  test.each([
    { what: 'another key', options: { cache: true, key: { version: '2' } }, cause: 'key-changed' },
    {
      what: 'other variables',
      options: { ...cached, env: [{ name: 'A', action: 'override', value: 'x' }] },
      cause: 'key-changed',
    },
    { what: 'no key', options: { cache: true }, cause: 'no-key' },
  ])('$what makes it anew, empty', async ({ options, cause }) => {
    await layer(cached, ({ path }) => writeFileSync(join(path, 'x'), 'old'));
    restoreMetadata();
    expect(await layer(options as LayerOptions)).toMatchObject({ state: 'empty', cause });
    expect(existsSync(join(dir, 'l/x'))).toBe(false);
  });

  test('LYR-08 a launch layer without its directory is reused: a TOML file and nothing else', async () => {
    const launch = { launch: true, key: { version: '1' } };
    await layer(launch);
    restoreMetadata();
    rmSync(join(dir, 'l'), { recursive: true });
    expect(await layer(launch)).toMatchObject({ state: 'reused' });
    expect(existsSync(join(dir, 'l'))).toBe(false);
    expect(parseLayerMetadata(readFileSync(join(dir, 'l.toml')), 'l.toml')).toMatchObject({ launch: true });
  });

  test('LYR-09 a layer that is cached as well has to have its directory', async () => {
    const both = { launch: true, cache: true, key: { version: '1' } };
    await layer(both);
    restoreMetadata();
    rmSync(join(dir, 'l'), { recursive: true });
    expect(await layer(both)).toMatchObject({ state: 'empty', cause: 'not-cached' });
    expect(existsSync(join(dir, 'l'))).toBe(true);
  });

  test('a tool’s own cache stays whatever happens', async () => {
    const tool = { toolCache: true };
    expect(await layer(tool, ({ path }) => writeFileSync(join(path, 'x'), 'kept'))).toMatchObject({ state: 'empty' });
    restoreMetadata();
    expect(await layer({ ...tool, key: { other: 1 } })).toMatchObject({ state: 'restored' });
    expect(existsSync(join(dir, 'l/x'))).toBe(true);
  });

  test('environment files are written, others removed, and equal ones not touched', async () => {
    const env = [
      { name: 'A', action: 'append', value: 'x', delimiter: ':' },
      { name: 'B', action: 'default', value: 'y', scope: 'build' },
      { name: 'C', action: 'override', value: 'z', scope: { process: 'web' } },
    ] as const;
    await layer({ build: true, toolCache: true, env: [...env, { name: 'OLD', action: 'override', value: '' }] });
    const read = (file: string): string => readFileSync(join(dir, 'l', file), 'utf8');
    expect(
      read('env/A.append') + read('env/A.delim') + read('env.build/B.default') + read('env.launch/web/C.override'),
    ).toBe('x:yz');
    utimesSync(join(dir, 'l/env/A.append'), 1, 1);
    restoreMetadata();
    await layer({ build: true, toolCache: true, env });
    expect(statSync(join(dir, 'l/env/A.append')).mtimeMs).toBe(1000);
    expect(existsSync(join(dir, 'l/env/OLD.override'))).toBe(false);
  });

  test('image paths in variables are those of the build while it runs', async () => {
    const handle = await layer({
      build: true,
      env: [{ name: 'A', action: 'override', value: '-L/layers/test_builtin/l/lib:/usr/layers' }],
    });
    expect(readFileSync(join(dir, 'l/env/A.override'), 'utf8')).toBe(`-L${handle.path}/lib:/usr/layers`);
  });

  test('a link in the place of a layer or of its TOML file is replaced', async () => {
    const away = join(phases.root, 'away');
    mkdirSync(away, { recursive: true });
    mkdirSync(dir);
    symlinkSync(away, join(dir, 'l'));
    symlinkSync(join(away, 'file'), join(dir, 'l.toml'));
    await layer({ launch: true, toolCache: true, env: [{ name: 'A', action: 'override', value: 'x' }] });
    expect(statSync(join(dir, 'l/env/A.override')).isFile()).toBe(true);
    expect(existsSync(join(away, 'env')) || existsSync(join(away, 'file'))).toBe(false);
  });

  test.each(['launch', 'a/b', '..', ''])('the name %j is refused', async (name) => {
    const build: BuiltinBuildpack['build'] = async (context) => {
      await context.layer(name, {});
      return {};
    };
    await expect(run({ build })).rejects.toMatchObject({ code: 'BUILD_OUTPUT_INVALID' });
  });

  test('a layer is made once in a build', async () => {
    const build: BuiltinBuildpack['build'] = async (context) => {
      await context.layer('l', {});
      await context.layer('l', {});
      return {};
    };
    await expect(run({ build })).rejects.toThrow('it was made before in this build');
  });
});

describe('contexts', () => {
  test('detection sees the declared variables of the host and no others', async () => {
    const seen: unknown[] = [];
    await phases.detect([
      group(
        builtinBuildpack(
          define({
            detect: ({ hostEnv, env, appDir, workspaceDir }) => {
              seen.push(hostEnv, env['DECLARED'], env['CPATH'], appDir === workspaceDir);
              return Promise.resolve({ pass: true });
            },
          }),
        ),
      ),
    ]);
    expect(seen).toEqual([{ DECLARED: 'yes' }, 'yes', undefined, true]);
  });

  test('an application inside the workspace has its own paths', async () => {
    mkdirSync(join(phases.app, 'apps/api'), { recursive: true });
    const contexts: BuiltinBuildContext[] = [];
    const buildpack = builtinBuildpack(
      define({
        build: (context) => {
          contexts.push(context);
          return Promise.resolve({});
        },
      }),
    );
    const options = { appPath: 'apps/api' };
    await phases.build(found(await phases.detect([group(buildpack)], options)), options);
    expect(contexts[0]).toMatchObject({
      appDir: join(phases.app, 'apps/api'),
      workspaceDir: phases.app,
      appImageDir: '/workspace/apps/api',
      layersImageDir: '/layers/test_builtin',
    });
  });

  test('exec() runs in the application and shows the lines unless told otherwise', async () => {
    await run({
      build: async ({ exec }) => {
        const shown = await exec(['sh', '-c', 'pwd; echo "$X" >&2; exit 3'], { env: { X: 'x' } });
        const quiet = await exec(['cat'], { input: 'in', show: false });
        expect(shown).toMatchObject({ exitCode: 3, stdout: `${phases.environment.paths.app.inside}\n`, stderr: 'x\n' });
        expect(quiet.stdout).toBe('in');
        return {};
      },
    });
    const lines = phases.events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
    expect(lines).toEqual([phases.environment.paths.app.inside, 'x']);
  });

  test('store and plan are plain data', async () => {
    const plan = {
      entries: [
        { providers: [{ id: 'test/builtin', version: '1.0.0' }], requires: [{ name: 'a', metadata: { n: 1n } }] },
      ],
    };
    const seen: unknown[] = [];
    const buildpack = builtinBuildpack(
      define({
        build: (context) => {
          seen.push(context.plan, context.store);
          return Promise.resolve({ store: { count: 2, nested: { at: 'x' } } });
        },
      }),
    );
    await phases.build({ group: [buildpack], plan });
    await phases.build({ group: [buildpack], plan: { entries: [] } });
    expect(seen).toEqual([[{ name: 'a', metadata: { n: 1 } }], {}, [], { count: 2, nested: { at: 'x' } }]);
  });

  test('an error in detection is its reason, with what to do', async () => {
    const detect = (): Promise<never> =>
      Promise.reject(new TsbuildpackError('BUILD_FAILED', 'Cannot choose a program', { hint: 'Name one' }));
    const result = await phases.detect([group(builtinBuildpack(define({ detect })))]);
    expect(result).toMatchObject({
      found: false,
      errors: true,
      trials: [{ reason: 'Cannot choose a program (Name one)' }],
    });
  });

  test('an error in the build is given on as it is', async () => {
    const error = new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', 'No Go');
    await expect(run({ build: () => Promise.reject(error) })).rejects.toBe(error);
  });
});

describe('detect() with built-in buildpacks', () => {
  test('later groups that fit too are reported, each once', async () => {
    const builtin = (id: string, pass: boolean): ReturnType<typeof builtinBuildpack> =>
      builtinBuildpack(
        define({ id, detect: () => Promise.resolve(pass ? { pass } : { pass, reason: 'no', wanted: ['x'] }) }),
      );
    const [a, b, c, d] = [builtin('t/a', true), builtin('t/b', true), builtin('t/c', false), builtin('t/d', true)];
    const external = await phases.script({ id: 't/external', detect: 'touch asked' });
    const result = found(
      await phases.detect([group(c), group(a), group(b), group(a), group(c), group(d, external), group(d)]),
    );
    expect(result.group).toEqual([a]);
    expect(result.alternatives).toEqual([[b], [d]]);
    expect(existsSync(join(phases.app, 'asked'))).toBe(false);
    expect(result.trials.map(({ buildpack, wanted }) => [buildpack.descriptor.id, ...wanted])).toEqual([
      ['t/c', 'x'],
      ['t/a'],
      ['t/b'],
      ['t/d'],
    ]);
    expect(phases.events.filter(({ type }) => type === 'group')).toHaveLength(1);
  });
});
