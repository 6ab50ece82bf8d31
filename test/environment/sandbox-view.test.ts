import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ViewRequest } from '../../src/environment/sandbox-view.ts';
import { planView } from '../../src/environment/sandbox-view.ts';
import { sharedDirectory } from '../temporary-directory.ts';

const folder = realpathSync(sharedDirectory('tsbuildpack-view'));

mkdirSync(join(folder, 'tools/private'), { recursive: true });
writeFileSync(join(folder, 'tools/private/key'), '');
symlinkSync('tools', join(folder, 'link'));

const dirNames = ['app', 'layers', 'platform', 'buildpacks', 'home', 'tmp', 'aside'] as const;
const workDirs = Object.fromEntries(dirNames.map((name) => [name, `/w/${name}`])) as unknown as ViewRequest['workDirs'];

function plan(request: Partial<ViewRequest> = {}) {
  return planView({ workDirs, hidden: [], readable: [], writable: [], ...request });
}

function at(path: string, request: Partial<ViewRequest> = {}) {
  return plan(request).filter((entry) => entry.at === path);
}

test('planView() puts parents before what is in them and has every path once', () => {
  const paths = plan({
    readable: [join(folder, 'tools')],
    hidden: [{ path: join(folder, 'tools/private'), kind: 'directory' }],
  }).map((entry) => entry.at);
  expect(new Set(paths).size).toBe(paths.length);
  for (const [index, path] of paths.entries()) {
    expect(paths.slice(0, index).filter((before) => before.startsWith(`${path}/`))).toEqual([]);
  }
});

test('planView() shows no home, no state and no place of unknown use', () => {
  const binds = plan()
    .filter((entry) => entry.kind === 'bind')
    .map((entry) => entry.from);
  for (const place of [
    '/',
    '/home',
    '/root',
    '/run',
    '/var',
    '/tmp',
    '/var/tmp',
    '/srv',
    '/mnt',
    '/media',
    '/data',
    '/work',
  ]) {
    expect(binds).not.toContain(place);
  }
  expect(at('/root')).toEqual([{ kind: 'empty', at: '/root', access: 'read' }]);
  expect(at('/var/run')).toEqual([{ kind: 'symlink', at: '/var/run', to: '/run' }]);
});

test('planView() binds the work directories where they will be in the image', () => {
  expect(at('/workspace')).toEqual([{ kind: 'bind', at: '/workspace', from: '/w/app', access: 'write' }]);
  expect(at('/cnb/buildpacks')).toEqual([
    { kind: 'bind', at: '/cnb/buildpacks', from: '/w/buildpacks', access: 'read' },
  ]);
});

test('planView() binds what is named under its name and under its real path', () => {
  const tools = join(folder, 'tools');
  const request = { readable: [join(folder, 'link')] };
  expect(at(tools, request)).toEqual([{ kind: 'bind', at: tools, from: tools, access: 'read' }]);
  expect(at(join(folder, 'link'), request)).toEqual([
    { kind: 'bind', at: join(folder, 'link'), from: tools, access: 'read' },
  ]);
  expect(plan({ readable: ['/nonexistent/x', '/'] })).toEqual(plan());
});

test('planView() hides what lies in something that is bound back, and nothing that is not in sight', () => {
  const tools = join(folder, 'tools');
  const hidden = [
    { path: join(tools, 'private'), kind: 'directory' as const },
    { path: '/home/somebody', kind: 'directory' as const },
  ];
  expect(at(join(tools, 'private'), { hidden, readable: [tools] })).toEqual([
    { kind: 'empty', at: join(tools, 'private'), access: 'read' },
  ]);
  expect(at(join(tools, 'private'), { hidden })).toEqual([]);
  expect(at('/home/somebody', { hidden })).toEqual([]);
});

test('planView() lets what is named win over what is hidden at the same place', () => {
  const path = join(folder, 'tools/private');
  const request = {
    hidden: [{ path, kind: 'directory' as const }],
    readable: [join(folder, 'tools')],
    writable: [path],
  };
  expect(at(path, request)).toEqual([{ kind: 'bind', at: path, from: path, access: 'write' }]);
});

test('planView() shows accounts of the build, not of the host', () => {
  expect(at('/etc/passwd')).toEqual([{ kind: 'bind', at: '/etc/passwd', from: '/w/aside/passwd', access: 'read' }]);
});
