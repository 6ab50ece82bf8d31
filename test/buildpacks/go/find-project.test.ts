import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect } from '../../../buildpacks/go/detect.ts';
import { findProject } from '../../../buildpacks/go/find-project.ts';
import type { BuiltinDetectContext } from '../../../src/buildpack/builtin.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

function workspace(files: Readonly<Record<string, string>>): string {
  const dir = temporaryDirectory('project');
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), content);
  }
  return dir;
}

async function detected(files: Readonly<Record<string, string>>, appPath = '.'): Promise<string> {
  const workspaceDir = workspace(files);
  const result = await detect({ workspaceDir, appDir: join(workspaceDir, appPath) } as BuiltinDetectContext);
  return `${result.pass ? 'pass' : 'fail'}: ${result.reason}`;
}

describe('detect()', () => {
  test.each([
    { name: 'a module', files: { 'go.mod': 'module x' }, is: 'pass: found go.mod' },
    { name: 'a workspace', files: { 'go.work': 'use ./a', 'a/go.mod': '' }, is: 'pass: found go.work' },
    { name: 'a lone main.go', files: { 'main.go': 'package main' }, is: 'pass: found main.go' },
    { name: 'a module beside package.json', files: { 'go.mod': '', 'package.json': '{}' }, is: 'pass: found go.mod' },
    {
      name: 'a package inside of a module',
      files: { 'go.mod': '', 'cmd/a/main.go': '' },
      appPath: 'cmd/a',
      is: 'pass: found ../../go.mod',
    },
    {
      name: 'a web folder of a Go repository',
      files: { 'go.mod': '', 'web/package.json': '' },
      appPath: 'web',
      is: 'fail: no go.mod, go.work or main.go',
    },
    {
      name: 'a folder beside modules',
      files: { 'go.work': 'use ./a', 'a/go.mod': '', 'web/x': '' },
      appPath: 'web',
      is: 'fail: no go.mod, go.work or main.go',
    },
    { name: 'other files', files: { 'server.go': 'package main' }, is: 'fail: no go.mod, go.work or main.go' },
  ])('decides about $name', async ({ files, appPath, is }) => {
    expect(await detected(files as Record<string, string>, appPath)).toBe(is);
  });

  test('names the files that it looked for', async () => {
    const dir = workspace({});
    expect(await detect({ workspaceDir: dir, appDir: dir } as BuiltinDetectContext)).toMatchObject({
      wanted: ['go.mod', 'go.work', 'main.go'],
    });
  });
});

describe('findProject()', () => {
  test('takes the minimums of a workspace and of all its modules', () => {
    const dir = workspace({
      'go.work': 'go 1.24\ntoolchain go1.25.1\nuse ./a\nuse .\n',
      'a/go.mod': 'module a\ngo 1.23\n',
      'go.mod': 'module r\ngo 1.22\n',
    });
    const project = findProject(dir, dir)!;
    expect(project).toMatchObject({ kind: 'module', modulePath: 'r', workFile: join(dir, 'go.work') });
    expect(project.minimums).toEqual([
      { version: '1.22', where: 'go.mod:2' },
      { version: '1.24', where: 'go.work:1' },
      { version: 'go1.25.1', where: 'go.work:2' },
      { version: '1.23', where: 'a/go.mod:2' },
      { version: '1.22', where: 'go.mod:2' },
    ]);
    expect(project.moduleDirs).toEqual([dir, join(dir, 'a')]);
  });

  test('leaves a go.work aside that does not name the module', () => {
    const dir = workspace({ 'go.work': 'use ./b\n', 'a/go.mod': 'module a\n', 'b/go.mod': '' });
    expect(findProject(join(dir, 'a'), dir)).toMatchObject({
      workFile: undefined,
      ignoredWorkFile: join(dir, 'go.work'),
    });
  });

  test('never looks above the workspace', () => {
    const dir = workspace({ 'go.mod': 'module outer\n', 'go.work': 'use ./in\n', 'in/main.go': '' });
    expect(findProject(join(dir, 'in'), join(dir, 'in'))).toMatchObject({
      kind: 'file',
      workFile: undefined,
      ignoredWorkFile: undefined,
    });
  });

  test('finds directories that did not come with the source', () => {
    const go = 'module a\nreplace x => ../lib\nreplace y => ../../outside\nreplace z => /usr\n';
    const dir = workspace({ 'lib/go.mod': '', 'a/go.mod': go });
    expect(findProject(join(dir, 'a'), dir)!.missing).toEqual([
      { path: '../../outside', where: 'go.mod:3' },
      { path: '/usr', where: 'go.mod:4' },
    ]);
    expect(findProject(join(dir, 'a'), join(dir, 'a'))!.missing.map(({ where }) => where)).toEqual([
      'go.mod:2',
      'go.mod:3',
      'go.mod:4',
    ]);
  });

  const old = 'module x\ngo 1.13\nrequire (\n\texample.com/d v1.2.0\n)\n';

  test.each<{ name: string; files: Record<string, string>; vendored: boolean }>([
    { name: 'of the module', files: { 'go.mod': '', 'vendor/modules.txt': '' }, vendored: true },
    { name: 'of something else', files: { 'go.mod': '', 'vendor/autoload.php': '' }, vendored: false },
    {
      name: 'of an old module',
      files: { 'go.mod': old, 'vendor/modules.txt': '# example.com/d v1.2.0\n' },
      vendored: true,
    },
    {
      name: 'that was forgotten',
      files: { 'go.mod': old, 'vendor/modules.txt': '# example.com/d v1.1.0\n' },
      vendored: false,
    },
  ])('knows the vendor folder $name', ({ files, vendored }) => {
    const dir = workspace(files);
    expect(findProject(dir, dir)).toMatchObject({ vendored });
  });
});
