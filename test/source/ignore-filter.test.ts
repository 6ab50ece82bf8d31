import { expect, test } from 'vitest';
import { holdsToken } from '../../src/source/npmrc-token.ts';
import type { Files, ReadOptions } from './source-fixture.ts';
import { paths, read, sourceDir } from './source-fixture.ts';

const some: Files = { 'main.go': '', 'docs/a.md': '', 'docs/b.md': '', 'src/x.ts': '', 'src/deep/y.ts': '' };

interface Case {
  readonly what: string;
  readonly files: Files;
  readonly options?: ReadOptions;
  readonly enters: readonly string[];
}

const cases: readonly Case[] = [
  { what: 'everything without rules', files: { 'a/b': '', c: '', 'empty/': '' }, enters: ['a/', 'a/b', 'c', 'empty/'] },
  {
    what: 'not what .dockerignore excludes, at the top only',
    files: { ...some, 'src/docs/c.md': '', '.dockerignore': 'docs\n*.go\n' },
    enters: ['.dockerignore', 'src/', 'src/deep/', 'src/deep/y.ts', 'src/docs/', 'src/docs/c.md', 'src/x.ts'],
  },
  {
    what: 'what .dockerignore includes again below an excluded directory',
    files: { ...some, '.dockerignore': '# all\n*\n!src/deep\n' },
    enters: ['src/', 'src/deep/', 'src/deep/y.ts'],
  },
  {
    what: 'not what .tsbuildpackignore excludes, at any depth, as gitignore has it',
    files: { ...some, '.tsbuildpackignore': '*.md\ndeep/\n' },
    enters: ['.tsbuildpackignore', 'docs/', 'main.go', 'src/', 'src/x.ts'],
  },
  {
    what: 'what .tsbuildpackignore includes over .dockerignore, with its content',
    files: { ...some, '.dockerignore': '*\n', '.tsbuildpackignore': '!src/\nsrc/deep\n' },
    enters: ['src/', 'src/x.ts'],
  },
  {
    what: 'not below a directory that gitignore excludes, whatever the same file says about it',
    files: { ...some, '.tsbuildpackignore': 'docs\n!docs/a.md\n.tsbuildpackignore\n' },
    enters: ['main.go', 'src/', 'src/deep/', 'src/deep/y.ts', 'src/x.ts'],
  },
  {
    what: 'PRJ-05 only what include of the project descriptor names',
    files: { ...some, '.dockerignore': 'src\n' },
    options: { include: ['*.go', 'src/deep/'] },
    enters: ['main.go', 'src/', 'src/deep/', 'src/deep/y.ts'],
  },
  {
    what: 'PRJ-05 not what exclude of the project descriptor names, over all others',
    files: { ...some, '.tsbuildpackignore': '!docs/a.md\n' },
    options: { exclude: ['docs', '.*'] },
    enters: ['main.go', 'src/', 'src/deep/', 'src/deep/y.ts', 'src/x.ts'],
  },
  {
    what: 'nothing that usually holds secrets or was installed for this machine',
    files: {
      '.git/config': '',
      'sub/.git': 'gitdir: x',
      '.env': 'A=1',
      '.env.example': '',
      'sub/.envrc': '',
      'node_modules/x/index.js': '',
      'sub/node_modules/y.js': '',
      '.npmrc': '//r/:_authToken=abc',
      'sub/.npmrc': '//r/:_authToken=${TOKEN}',
      '.gitignore': '',
      'tsbuildpack.lock': '',
      'sub/tsbuildpack.lock': '',
      environment: '',
    },
    enters: ['.gitignore', 'environment', 'sub/', 'sub/.npmrc'],
  },
  {
    what: 'what the user names in spite of the default, and nothing for a rule that names everything',
    files: {
      '.env': '',
      '.env.production': '',
      '.git/HEAD': '',
      'node_modules/x.js': '',
      'vendor/node_modules/y.js': '',
      '.tsbuildpackignore': '!*\n!.env.production\n!vendor/node_modules\n',
    },
    enters: ['.env.production', '.tsbuildpackignore', 'vendor/', 'vendor/node_modules/', 'vendor/node_modules/y.js'],
  },
  {
    what: 'a secret that include names, none that it does not',
    files: { '.env.production': '', '.env': '', 'main.go': '' },
    options: { include: ['*', '.env.production'] },
    enters: ['.env.production', 'main.go'],
  },
  {
    what: 'an application in a monorepo by its own rules and those of the root, which cannot hide it whole',
    files: {
      '.dockerignore': 'apps\n*.log\n**/tmp\n',
      'apps/api/.dockerignore': 'dist\n!tmp/keep\n',
      'apps/api/main.go': '',
      'apps/api/dist/out': '',
      'apps/api/tmp/keep': '',
      'apps/api/tmp/other': '',
      'apps/web/index.js': '',
      'lib/dist/x': '',
      'a.log': '',
    },
    options: { appPath: 'apps/api' },
    enters: [
      '.dockerignore',
      'apps/',
      'apps/api/',
      'apps/api/.dockerignore',
      'apps/api/main.go',
      'apps/api/tmp/',
      'apps/api/tmp/keep',
      'lib/',
      'lib/dist/',
      'lib/dist/x',
    ],
  },
  {
    what: 'names that JavaScript’s objects have of their own',
    files: { constructor: '', __proto__: '', toString: '', kept: '', '.dockerignore': 'constructor\n__proto__\n' },
    enters: ['.dockerignore', 'kept', 'toString'],
  },
  {
    what: 'names in their own case only',
    files: { README: '', readme: '', '.dockerignore': 'README', '.tsbuildpackignore': 'X', x: '' },
    enters: ['.dockerignore', '.tsbuildpackignore', 'readme', 'x'],
  },
];

test.each(cases)('readSource() lets enter $what', async ({ files, options, enters }) => {
  expect(await paths(sourceDir(files), options)).toEqual(enters);
});

test('hiddenBy() names the rule with its file and line', async () => {
  const root = sourceDir({
    'package.json': '{}',
    'go.mod': '',
    'deep/x/y': '',
    'a.md': '',
    '.git/HEAD': '',
    '.npmrc': '_auth=abc',
    '.dockerignore': 'package.json\n\ndeep\n',
    '.tsbuildpackignore': '# words\n*.md\n',
    'app.log': '',
  });
  const { tree } = await read(root, { exclude: ['*.log'] });
  const reasons = [
    'package.json',
    'deep/x/y',
    'a.md',
    '.git',
    '.git/HEAD',
    '.npmrc',
    'app.log',
    'go.mod',
    'absent',
    '.',
  ];
  expect(Object.fromEntries(reasons.map((path) => [path, tree.hiddenBy(path)]))).toEqual({
    'package.json': '.dockerignore:1',
    'deep/x/y': '.dockerignore:3',
    'a.md': '.tsbuildpackignore:2',
    '.git': 'default: .git',
    '.git/HEAD': 'default: .git',
    '.npmrc': 'default: .npmrc with a token',
    'app.log': 'project.toml exclude "*.log"',
    'go.mod': undefined,
    absent: undefined,
    '.': undefined,
  });
  expect(await read(root, { include: ['go.mod'] }).then(({ tree: only }) => only.hiddenBy('package.json'))).toBe(
    'project.toml include',
  );
});

test('readSource() names what was kept out by default because it may hold secrets', async () => {
  const { events } = await read(
    sourceDir({
      '.env.example': '',
      '.git/HEAD': '',
      'node_modules/x': '',
      'tsbuildpack.lock': '',
      'a/.npmrc': '_password=x',
    }),
  );
  expect(events).toEqual([
    {
      type: 'info',
      message:
        'Left out by default, because they usually hold secrets: ".env.example", "a/.npmrc" (a "!" rule in .tsbuildpackignore brings them in)',
    },
  ]);
});

test.each([
  { text: '//registry.example/:_authToken=abc', token: true },
  { text: 'registry=https://x\n_auth = "YWJj"', token: true },
  { text: '_password=x\r\n', token: true },
  { text: '//registry.example/:_authToken=${NPM_TOKEN}', token: false },
  { text: '//registry.example/:_authToken="${NPM_TOKEN?}"', token: false },
  { text: '; _authToken=abc\n# _auth=x\nalways-auth=true', token: false },
  { text: '_auth=', token: false },
])('holdsToken() is $token for $text', ({ text, token }) => {
  expect(holdsToken(text)).toBe(token);
});
