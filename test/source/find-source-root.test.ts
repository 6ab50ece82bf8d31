import { chownSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findSourceRoot } from '../../src/source/find-source-root.ts';
import { goDirectives } from '../../src/source/go-directives.ts';
import { isWorkspace } from '../../src/source/node-source-root.ts';
import type { Files } from './source-fixture.ts';
import { sourceDir } from './source-fixture.ts';

interface Case {
  readonly what: string;
  readonly files: Files;
  readonly app: string;
  /** Relative to the top of the tree. */
  readonly root: string;
  readonly reason?: string;
}

const cases: readonly Case[] = [
  {
    what: 'the application without anything around it',
    files: { '.git/': '', 'a/go.mod': '', 'go.mod': '' },
    app: 'a',
    root: 'a',
  },
  {
    what: 'the go.work that uses the module',
    files: {
      '.git/': '',
      'go/go.work': 'go 1.24\nuse (\n\t./api // the service\n\t"./lib"\n)\n',
      'go/api/go.mod': '',
      'go/lib/go.mod': '',
    },
    app: 'go/api',
    root: 'go',
    reason: 'go.work uses the module',
  },
  {
    what: 'no go.work that does not use the module',
    files: { '.git/': '', 'go.work': 'use ./lib', 'api/go.mod': '', 'lib/go.mod': '' },
    app: 'api',
    root: 'api',
  },
  {
    what: 'what go.work uses beside itself',
    files: { '.git/': '', 'ws/go.work': 'use .\nuse ../lib', 'ws/go.mod': '', 'lib/go.mod': '' },
    app: 'ws',
    root: '.',
  },
  {
    what: 'the common directory of the module and what it replaces',
    files: { '.git': 'gitdir: x', 'a/b/api/go.mod': 'module x\nreplace y v1.0.0 => ../../lib\n', 'a/lib/go.mod': '' },
    app: 'a/b/api',
    root: 'a',
    reason: 'go.mod replaces a module with',
  },
  {
    what: 'the application when what it replaces is inside it or outside of the work tree',
    files: {
      'top/.git/': '',
      'top/api/go.mod': 'replace (\n y => ./lib\n z => ../../other\n w => example.org/w v1.0.0\n)',
    },
    app: 'top/api',
    root: 'top/api',
  },
  {
    what: 'the module of a command inside it',
    files: { '.git/': '', 'mod/go.mod': '', 'mod/cmd/tool/main.go': '' },
    app: 'mod/cmd/tool',
    root: 'mod',
  },
  {
    what: 'no module around something that is not Go',
    files: { '.git/': '', 'go.mod': '', 'web/index.html': '' },
    app: 'web',
    root: 'web',
  },
  {
    what: 'the package that has it among its workspaces',
    files: { '.git/': '', 'package.json': '{"workspaces":["packages/*"]}', 'packages/api/package.json': '{}' },
    app: 'packages/api',
    root: '.',
    reason: 'package.json has it among its workspaces',
  },
  {
    what: 'the workspaces of Yarn’s longer form, past a package that is not a root',
    files: {
      '.git/': '',
      'js/package.json': '{"workspaces":{"packages":["group/*/*"]}}',
      'js/group/package.json': '{"name":"group"}',
      'js/group/a/b/package.json': '{}',
    },
    app: 'js/group/a/b',
    root: 'js',
  },
  {
    what: 'the application when workspaces leave it out or package.json is broken',
    files: {
      '.git/': '',
      'package.json': '{"workspaces":["*","!api"]}',
      'api/package.json': '{}',
      'x/package.json': '{',
    },
    app: 'api',
    root: 'api',
  },
  {
    what: 'what both Go and Node need',
    files: {
      '.git/': '',
      'package.json': '{"workspaces":["svc/api"]}',
      'svc/api/package.json': '{}',
      'svc/api/go.mod': 'replace l => ../lib',
      'svc/lib/go.mod': '',
    },
    app: 'svc/api',
    root: '.',
  },
  {
    what: 'no Go workspace above the application without git',
    files: { 'go.work': 'use ./api', 'api/go.mod': '' },
    app: 'api',
    root: 'api',
  },
  {
    what: 'npm workspaces without git',
    files: { 'package.json': '{"workspaces":["packages/*"]}', 'packages/api/package.json': '{}' },
    app: 'packages/api',
    root: '.',
    reason: 'has it among its workspaces',
  },
  {
    what: 'nothing above a repository inside another',
    files: { '.git/': '', 'go.work': 'use ./api', 'api/.git': 'gitdir: x', 'api/go.mod': '' },
    app: 'api',
    root: 'api',
  },
];

test.each(cases)('findSourceRoot() gives $what', ({ files, app, root, reason }) => {
  const top = realpathSync(sourceDir(files));
  const found = findSourceRoot(join(top, app));
  expect(found.root).toBe(join(top, root));
  expect(join(found.root, found.appPath)).toBe(join(top, app));
  expect(found.reason).toContain(reason ?? '');
});

test('findSourceRoot() takes no home under version control for a project', () => {
  const home = realpathSync(sourceDir({ '.git/': '', 'go.work': 'use ./api', 'api/go.mod': '' }));
  expect(findSourceRoot(join(home, 'api'), { home })).toEqual({
    root: join(home, 'api'),
    appPath: '.',
    reason: 'the application itself',
  });
  expect(findSourceRoot(join(home, 'api'), { home: '/nowhere' }).root).toBe(home);
});

test('findSourceRoot() asks no home for workspaces, and nothing that is not of the owner of the application', () => {
  const top = realpathSync(
    sourceDir({ 'package.json': '{"workspaces":["packages/*"]}', 'packages/api/package.json': '{}' }),
  );
  const app = join(top, 'packages/api');
  expect(findSourceRoot(app, { home: top }).root).toBe(app);
  if (process.getuid?.() !== 0) return;
  chownSync(top, 4711, 4711);
  expect(findSourceRoot(app).root).toBe(app);
});

test('findSourceRoot() obeys --source-root and refuses one that does not hold the application', () => {
  const top = realpathSync(sourceDir({ 'a/b/c/': '', 'other/': '', link: '-> a' }));
  const app = join(top, 'a/b/c');
  expect(findSourceRoot(app, { explicit: join(top, 'link') })).toEqual({
    root: join(top, 'a'),
    appPath: 'b/c',
    reason: '--source-root',
  });
  expect(findSourceRoot(app, { explicit: app }).appPath).toBe('.');
  for (const explicit of [join(top, 'other'), join(top, 'absent'), join(app, '../b2')]) {
    expect(() => findSourceRoot(app, { explicit })).toThrow('Cannot use source root');
  }
});

test('goDirectives() reads blocks, comments and quotes', () => {
  const text = 'module "a.example/x" // c\nreplace (\n\ta v1.0.0 => `../b c`\n // all\n)\nuse ./x\n';
  expect(goDirectives(text)).toEqual([
    ['module', 'a.example/x'],
    ['replace', 'a', 'v1.0.0', '=>', '../b c'],
    ['use', './x'],
  ]);
});

test.each([
  { path: 'packages/a', globs: ['packages/*'], is: true },
  { path: 'packages/a/b', globs: ['packages/*'], is: false },
  { path: 'packages/a/b', globs: ['./packages/**'], is: true },
  { path: 'packages/a/b', globs: ['packages/**/b/'], is: true },
  { path: 'apps/web', globs: ['{apps,libs}/*'], is: true },
  { path: 'apps/web', globs: ['apps/*', '!apps/web'], is: false },
  { path: 'apps.web', globs: ['apps?web'], is: true },
  { path: 'appsxweb', globs: ['apps.web'], is: false },
])('isWorkspace() is $is for $path in $globs', ({ path, globs, is }) => {
  expect(isWorkspace(path, globs)).toBe(is);
});
