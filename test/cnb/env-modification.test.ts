import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Env, EnvFile } from '../../src/cnb/env-modification.ts';
import {
  applyEnvFiles,
  applyLayerPaths,
  applyUserEnv,
  buildPathVariables,
  launchPathVariables,
  passedToBuildpacks,
} from '../../src/cnb/env-modification.ts';

const files = (contents: Readonly<Record<string, string>>): readonly EnvFile[] =>
  Object.entries(contents).map(([name, content]) => ({ name, content }));

describe('applyEnvFiles()', () => {
  test.each([
    { row: 'ENV-08', set: { 'FOO.bar.append': 'x' }, env: { FOO: 'a' }, FOO: 'a' },
    { row: 'ENV-09', set: { FOO: 'x' }, env: { FOO: 'a' }, FOO: 'x' },
    { row: 'ENV-10', set: { FOO: ' $HOME x\n\n' }, env: {}, FOO: ' $HOME x\n\n' },
    { row: 'ENV-11', set: { 'FOO.append': 'x' }, env: { FOO: 'a' }, FOO: 'ax' },
    { row: 'ENV-11', set: { 'FOO.append': 'x', 'FOO.delim': ':' }, env: { FOO: 'a' }, FOO: 'a:x' },
    { row: 'ENV-11', set: { 'FOO.append': 'x', 'FOO.delim': ':' }, env: { FOO: '' }, FOO: 'x' },
    { row: 'ENV-12', set: { 'FOO.prepend': 'x', 'FOO.delim': ':' }, env: { FOO: 'a' }, FOO: 'x:a' },
    { row: 'ENV-12', set: { 'FOO.prepend': 'x', 'FOO.delim': ':' }, env: {}, FOO: 'x' },
    { row: 'ENV-13', set: { 'FOO.override': 'x' }, env: { FOO: 'a' }, FOO: 'x' },
    { row: 'ENV-13', set: { 'FOO.default': 'x' }, env: { FOO: 'a' }, FOO: 'a' },
    { row: 'ENV-13', set: { 'FOO.default': 'x' }, env: { FOO: '' }, FOO: 'x' },
    {
      row: 'ENV-15',
      set: { 'FOO.prepend': 'p', 'FOO.append': 'a', 'FOO.default': 'd', FOO: 'o' },
      env: {},
      FOO: 'poa',
    },
    { row: 'unknown suffix', set: { 'FOO.other': 'x' }, env: {}, FOO: undefined },
  ])('$row $set on $env', ({ set, env, FOO }) => {
    expect(applyEnvFiles(env as Env, files(set as Record<string, string>))['FOO']).toBe(FOO);
  });

  test('ENV-14 a delimiter of the layer counts where the directory has none', () => {
    const fallback = files({ 'A.delim': '-', 'B.delim': '-' });
    const own = files({ 'A.append': 'x', 'B.append': 'x', 'B.delim': '+' });
    expect(applyEnvFiles({ A: 'a', B: 'b' }, own, { fallback })).toEqual({ A: 'a-x', B: 'b+x' });
  });

  test('ENV-23 operators mean a default by a file without a suffix', () => {
    const set = files({ A: 'x', B: 'y' });
    expect(applyEnvFiles({ A: 'a' }, set, { unsuffixed: 'default' })).toEqual({ A: 'a', B: 'y' });
  });

  test('a file that names no variable does nothing', () => {
    expect(applyEnvFiles({ A: 'a' }, files({ '.append': 'x' }))).toEqual({ A: 'a' });
  });

  test('names of prototypes are variables like others', () => {
    const env = applyEnvFiles({}, files({ '__proto__.append': 'x', 'constructor.default': 'y' }));
    expect(Object.entries(env)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  test('ENV-09 to ENV-15 equal the rules applied by hand', () => {
    const action = fc.constantFrom('', '.append', '.prepend', '.override', '.default', '.delim', '.what');
    const text = fc.string({ maxLength: 3 });
    fc.assert(
      fc.property(fc.dictionary(action, text), fc.option(text, { nil: undefined }), (set, before) => {
        const named = Object.fromEntries(Object.entries(set).map(([suffix, content]) => [`V${suffix}`, content]));
        const env = before === undefined ? {} : { V: before };
        expect(applyEnvFiles(env, files(named))['V']).toBe(byHand(set, before));
      }),
    );
  });
});

/** An oracle written from the specification's table: the actions one after the other in the order of their file names. */
function byHand(set: Readonly<Record<string, string>>, before: string | undefined): string | undefined {
  const delimiter = set['.delim'] ?? '';
  let value = before;
  const has = (name: string): boolean => Object.hasOwn(set, name);
  if (has('')) value = set[''];
  if (has('.append')) value = value ? value + delimiter + set['.append'] : set['.append'];
  if (has('.default') && !value) value = set['.default'];
  if (has('.override')) value = set['.override'];
  if (has('.prepend')) value = value ? set['.prepend'] + delimiter + value : set['.prepend'];
  return value;
}

describe('path variables', () => {
  test('ENV-02 and ENV-04 at build, in front, without a separator at the end', () => {
    const layer = { path: '/layers/a/b', present: ['bin', 'lib', 'include', 'pkgconfig', 'other'] };
    expect(applyLayerPaths({ PATH: '/bin', CPATH: '' }, layer, buildPathVariables)).toEqual({
      PATH: '/layers/a/b/bin:/bin',
      LD_LIBRARY_PATH: '/layers/a/b/lib',
      LIBRARY_PATH: '/layers/a/b/lib',
      CPATH: '/layers/a/b/include',
      PKG_CONFIG_PATH: '/layers/a/b/pkgconfig',
    });
  });

  test('ENV-03 at launch only bin and lib', () => {
    const layer = { path: '/l', present: ['bin', 'lib', 'include', 'pkgconfig'] };
    expect(applyLayerPaths({}, layer, launchPathVariables)).toEqual({ PATH: '/l/bin', LD_LIBRARY_PATH: '/l/lib' });
  });

  test('ENV-18 the user is in front of paths and replaces the rest', () => {
    expect(applyUserEnv({ PATH: '/bin', A: 'a' }, { PATH: '/user', A: '', LIBRARY_PATH: '/l' })).toEqual({
      PATH: '/user:/bin',
      A: '',
      LIBRARY_PATH: '/l',
    });
  });

  test('ENV-01 nothing but the list passes', () => {
    const env = {
      HOME: '/h',
      http_proxy: 'p',
      PATH: '/bin',
      AWS_SECRET: 'x',
      LANG: 'C',
      CNB_REGISTRY_AUTH: '{}',
      CPATH: undefined,
    };
    expect(passedToBuildpacks(env)).toEqual({ HOME: '/h', http_proxy: 'p', PATH: '/bin' });
  });
});
