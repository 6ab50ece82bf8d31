import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadBuildpack } from '../../src/buildpack/load-buildpack.ts';
import { group, writeTree } from '../lifecycle/phase-fixture.ts';
import { openModules, plainModule } from './modules.ts';

const { phases, runner, load, run } = await openModules();

describe('modules that do not behave', () => {
  test('it may be a single file', async () => {
    const file = join(phases.root, 'modules', 'single.js');
    writeTree(join(phases.root, 'modules', 'empty'), { 'package.json': '{}' });
    writeFileSync(join(dirname(file), 'package.json'), '{"type":"module"}');
    writeFileSync(file, plainModule('acme/single', ''));
    expect((await loadBuildpack(file, { runner })).descriptor.id).toBe('acme/single');
  });

  test.each([
    { what: 'no default export', code: 'export const x = 1;', message: 'its default export must be defineBuildpack' },
    { what: 'a number as name', code: plainModule('acme/x', 'name: 5'), message: 'name: it is 5, it must be a string' },
    {
      what: 'a version that is none',
      code: plainModule('acme/x', `version: '1'`),
      message: 'its version "1" is not X.Y.Z',
    },
    { what: 'a reserved id', code: plainModule('config', ''), message: 'it is reserved' },
    { what: 'an error when imported', code: 'throw new Error("broken");', message: 'broken' },
    { what: 'a process that ends', code: 'process.exit(0);', message: 'importing it ended with status 0' },
    {
      what: 'output in the place of an answer',
      code: 'console.log("{}"); process.exit(0);',
      message: 'importing it ended',
    },
  ])('$what is refused', async ({ code, message }) => {
    await expect(load('refused', { 'index.mjs': code })).rejects.toMatchObject({
      code: 'BUILDPACK_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    {
      what: 'throws',
      build: `() => { throw new Error('no network'); }`,
      code: 'BUILDPACK_FAILED',
      message: 'no network',
    },
    {
      what: 'gives nothing back',
      build: '() => undefined',
      code: 'BUILDPACK_FAILED',
      message: 'must return an object',
    },
    {
      what: 'ends the process',
      build: '() => process.exit(0)',
      code: 'BUILDPACK_FAILED',
      message: 'before build() returned',
    },
    {
      what: 'gives nonsense back',
      build: `() => ({ processes: [{ type: 'web', command: 'run' }] })`,
      code: 'BUILD_OUTPUT_INVALID',
      message: 'must be a list of strings',
    },
    {
      what: 'uses a reserved layer name',
      build: `({ layer }) => layer('launch', {})`,
      code: 'BUILDPACK_FAILED',
      message: 'it is reserved',
    },
    {
      what: 'leaves the layers',
      build: `({ layer }) => layer('../x', {})`,
      code: 'BUILDPACK_FAILED',
      message: 'one path element',
    },
  ])('build() that $what is an error', async ({ what, build, code, message }) => {
    const id = `acme/${what.replaceAll(' ', '-')}`;
    const buildpack = await load(id, { 'index.mjs': plainModule(id, `build: ${build}`) });
    await expect(run(buildpack)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  test.each([
    { what: 'throws', detect: `() => { throw new Error('odd'); }`, reason: 'odd' },
    { what: 'gives nothing back', detect: '() => undefined', reason: 'detect() must return' },
    { what: 'ends the process', detect: '() => process.exit(0)', reason: 'before detect() returned' },
    { what: 'writes its answer itself', detect: `() => process.exit(100)`, reason: 'before detect() returned' },
  ])('detect() that $what is an error of the buildpack', async ({ what, detect, reason }) => {
    const id = `acme/detect-${what.replaceAll(' ', '-')}`;
    const result = await phases.detect([group(await load(id, { 'index.mjs': plainModule(id, `detect: ${detect}`) }))]);
    expect(result).toMatchObject({ found: false, errors: true });
    expect(result.trials[0]?.reason).toContain(reason);
  });

  test('a timer that it left running does not hold up the build', async () => {
    const buildpack = await load('timer', {
      'index.mjs': plainModule('acme/timer', 'build: () => { setInterval(() => {}, 1000); return {}; }'),
    });
    expect((await run(buildpack)).outputs).toHaveLength(1);
  });

  test('nothing of a run stays in the temporary directory', async () => {
    await run(await load('tidy', { 'index.ts': plainModule('acme/tidy', '') }));
    expect(readdirSync(phases.environment.paths.tmp.host)).toEqual([]);
  });
});

describe('modules over several builds', () => {
  test('fingerprint() changes with its files, not with installed packages', async () => {
    const files = { 'index.mjs': plainModule('acme/print', ''), 'data.txt': 'a' };
    const first = await (await load('print', files)).fingerprint();
    const packages = join(phases.root, 'modules/print/node_modules/x');
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, 'index.js'), '');
    const buildpack = await loadBuildpack(join(phases.root, 'modules/print'), { runner });
    expect(await buildpack.fingerprint()).toBe(first);
    writeFileSync(join(phases.root, 'modules/print/data.txt'), 'b');
    expect(await buildpack.fingerprint()).not.toBe(first);
    rmSync(packages, { recursive: true });
  });

  test('LYR-08 a layer with a key is reused from the previous image, made anew when the key changes', async () => {
    const code = (key: number): string =>
      plainModule(
        'acme/keyed',
        `
        build: async ({ layer, log }) => {
          const { state, cause } = await layer('k', { launch: true, key: { k: ${key} } });
          log(state + ' ' + cause);
          return {};
        }`,
      );
    const last = (): unknown => phases.events.findLast(({ type }) => type === 'output');
    await run(await load('keyed', { 'index.mjs': code(1) }));
    expect(last()).toMatchObject({ line: 'empty new' });
    // As the restore phase leaves it: the metadata, and no directory.
    rmSync(join(phases.layers, 'acme_keyed/k'), { recursive: true });
    const { outputs } = await run(await load('keyed', { 'index.mjs': code(1) }));
    expect(last()).toMatchObject({ line: 'reused undefined' });
    expect(outputs[0]?.outcome.layers).toMatchObject([{ name: 'k', launch: true, hasDirectory: false }]);
    await run(await load('keyed', { 'index.mjs': code(2) }));
    expect(last()).toMatchObject({ line: 'empty key-changed' });
  });
});
