import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveSettings } from '../../src/platform/settings.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

function configHome(text: string): string {
  const home = temporaryDirectory('config');
  mkdirSync(join(home, 'tsbuildpack'));
  writeFileSync(join(home, 'tsbuildpack', 'config.toml'), text);
  return home;
}

const project = (table: object): { table: object; file: string } => ({ table, file: '/app/project.toml' });

test('resolveSettings() takes the flag, then the variable, then project.toml, then the configuration file', () => {
  const XDG_CONFIG_HOME = configHome('isolation = "real"\nlauncher = "none"\ncompression = "none"\nprocess = "file"\n');
  const settings = resolveSettings({
    flags: { isolation: 'mapped', launcher: undefined },
    env: { XDG_CONFIG_HOME, TSBUILDPACK_ISOLATION: 'auto', TSBUILDPACK_LAUNCHER: 'default' },
    project: project({ isolation: 'real', launcher: 'none', compression: 'gzip' }),
  });
  expect(settings).toMatchObject({ isolation: 'mapped', launcher: 'default', compression: 'gzip', process: 'file' });
});

test('resolveSettings() lets a nearer run image silence a farther stack, and the other way round', () => {
  const env = { XDG_CONFIG_HOME: '/nowhere' };
  const first = resolveSettings({ flags: { 'run-image': 'debian' }, env, project: project({ stack: 'scratch' }) });
  expect([first.stack, first['run-image']]).toEqual([undefined, 'debian']);
  const second = resolveSettings({ flags: { stack: 'static' }, env, project: project({ 'run-image': 'debian' }) });
  expect([second.stack, second['run-image']]).toEqual(['static', undefined]);
});

test('resolveSettings() merges labels and reads lists from variables', () => {
  const settings = resolveSettings({
    flags: {},
    env: { XDG_CONFIG_HOME: configHome('[labels]\na = "file"\nb = "file"\n'), TSBUILDPACK_TAG: 'one, two three' },
    project: project({ labels: { b: 'project' } }),
  });
  expect(settings.labels).toEqual({ a: 'file', b: 'project' });
  expect(settings.tag).toEqual(['one', 'two', 'three']);
});

test('resolveSettings() says where the tags were found', () => {
  const XDG_CONFIG_HOME = configHome('tag = ["file"]\n');
  const from = (sources: Partial<Parameters<typeof resolveSettings>[0]>): string | undefined =>
    resolveSettings({ flags: {}, env: { XDG_CONFIG_HOME }, ...sources }).tagsFrom;
  const table = project({ tag: ['project'] });
  const env = { XDG_CONFIG_HOME, TSBUILDPACK_TAG: 'variable' };
  expect(from({ flags: { tag: ['flag'] }, env, project: table })).toBe('--tag');
  expect(from({ env, project: table })).toBe('TSBUILDPACK_TAG');
  expect(from({ project: table })).toBe('[dev.tsbuildpack] of /app/project.toml');
  expect(from({})).toBe(join(XDG_CONFIG_HOME, 'tsbuildpack', 'config.toml'));
  expect(from({ env: { XDG_CONFIG_HOME: '/nowhere' } })).toBeUndefined();
});

test('resolveSettings() takes a relative source root of project.toml from there', () => {
  const settings = resolveSettings({
    flags: {},
    env: { XDG_CONFIG_HOME: '/nowhere' },
    project: project({ 'source-root': '..' }),
  });
  expect(settings['source-root']).toBe('/');
});

test.each([
  ['an unknown key', { stak: 'static' }, 'stak: there is no such key, the nearest is "stack"'],
  ['a wrong value', { network: 'docker' }, 'network: it is "docker", it must be "host" or "none"'],
  ['a wrong type', { process: 3 }, 'process: it is 3, it must be a string'],
  ['a wrong table', { labels: { a: true } }, 'labels.a: it is true, it must be a string'],
  ['a wrong list', { tag: { a: 'b' } }, 'tag: it is a table, it must be a string or a list'],
  ['a wrong name', { 'exec-env': 'a/b' }, 'exec-env: it must be a name without a slash'],
  [
    'images without names',
    { 'stack-images': ['base'] },
    'stack-images: it must be a table of places by name, or a list of NAME=PLACE',
  ],
  [
    'images of another kind',
    { 'stack-images': 3 },
    'stack-images: it must be a table of places by name, or a list of NAME=PLACE',
  ],
])('resolveSettings() refuses %s, naming the key and the place', (_name, table, detail) => {
  const act = (): unknown =>
    resolveSettings({ flags: {}, env: { XDG_CONFIG_HOME: '/nowhere' }, project: project(table) });
  expect(act).toThrow(
    expect.objectContaining({
      code: 'SETTINGS_INVALID',
      message: expect.stringContaining('/app/project.toml'),
      detail,
    }),
  );
});

test('resolveSettings() calls a wrong setting what the reader called it', () => {
  const env = { XDG_CONFIG_HOME: '/nowhere', TSBUILDPACK_STACK_IMAGES: 'base' };
  expect(() => resolveSettings({ flags: {}, env })).toThrow(
    expect.objectContaining({
      message: 'Cannot use the settings in the environment',
      detail: 'TSBUILDPACK_STACK_IMAGES: it must be a table of places by name, or a list of NAME=PLACE',
    }),
  );
  expect(() => resolveSettings({ flags: { 'exec-env': 'a/b' }, env: {} })).toThrow(
    expect.objectContaining({ detail: '--exec-env: it must be a name without a slash' }),
  );
});

test('resolveSettings() reads the images of stacks from tables and from NAME=PLACE, nearer ones first', () => {
  const settings = resolveSettings({
    flags: { 'stack-images': ['base=oci:flag'] },
    env: { XDG_CONFIG_HOME: '/nowhere', TSBUILDPACK_STACK_IMAGES: 'base=oci:env, shell=docker://registry.example/a=b' },
    project: project({ 'stack-images': { mine: 'oci:project', shell: 'oci:project' } }),
  });
  expect(settings['stack-images']).toEqual({
    base: 'oci:flag',
    shell: 'docker://registry.example/a=b',
    mine: 'oci:project',
  });
  const act = (): unknown =>
    resolveSettings({ flags: { 'stack-images': ['base'] }, env: { XDG_CONFIG_HOME: '/nowhere' } });
  expect(act).toThrow('Cannot use the settings in the command line');
});
