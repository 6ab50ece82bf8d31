import { describe, expect, test } from 'vitest';
import type { ChoiceOptions, MainPackage } from '../../../buildpacks/go/find-mains.ts';
import { chooseTargets, programName } from '../../../buildpacks/go/find-mains.ts';

const modulePath = 'example.com/shop/v2';

function mains(...dirs: readonly string[]): MainPackage[] {
  return dirs.map((dir) => ({ dir, importPath: dir === '.' ? modulePath : `${modulePath}/${dir.slice(2)}` }));
}

function chosen(dirs: readonly string[], options: Partial<ChoiceOptions> = {}): string {
  const choice = chooseTargets(mains(...dirs), { modulePath, ...options });
  if (choice.kind === 'ask') return `ask: ${choice.problem}`;
  return choice.targets.map(({ name }) => name).join(' ');
}

describe('chooseTargets()', () => {
  test.each([
    { name: 'the root', dirs: ['.', './cmd/shop', './cmd/worker'], is: 'shop cmd-shop worker' },
    { name: 'the only one', dirs: ['./a/b'], is: 'b' },
    {
      name: 'none that is a tool',
      dirs: ['./tools/gen'],
      is: 'ask: all programs are below tools/, examples/, hack/, internal/',
    },
    {
      name: 'the one named as the module',
      dirs: ['./cmd/admin', './cmd/shop', './cmd/worker'],
      is: 'shop admin worker',
    },
    {
      name: 'the only one outside of developers’ folders',
      dirs: ['./cmd/x', './tools/gen', './a/examples/b', './hack/c', './internal/d'],
      is: 'x',
    },
    { name: 'none of several', dirs: ['./cmd/api', './cmd/worker'], is: 'ask: several packages are programs' },
    {
      name: 'none of several in developers’ folders',
      dirs: ['./tools/a', './tools/b'],
      is: 'ask: all programs are below tools/, examples/, hack/, internal/',
    },
    {
      name: 'none of two that are named as the module',
      dirs: ['./a/shop', './b/shop'],
      is: 'ask: several packages are programs',
    },
  ])('takes $name', ({ dirs, is }) => {
    expect(chosen(dirs)).toBe(is);
  });

  test('takes the first of the targets that the user names, tools included', () => {
    expect(chosen(['./tools/gen', './cmd/api'], { named: true })).toBe('gen api');
    expect(chosen(['./tools/gen', './cmd/api'], { named: true, wanted: 'api' })).toBe('api gen');
  });

  test.each([
    { wanted: 'worker', is: 'worker api' },
    { wanted: './cmd/worker', is: 'worker api' },
    { wanted: 'cmd/worker', is: 'worker api' },
    { wanted: 'gen', is: 'gen api worker' },
    { wanted: 'nothing', is: 'ask: no program is called "nothing"' },
  ])('takes BP_GO_DEFAULT=$wanted', ({ wanted, is }) => {
    expect(chosen(['./cmd/api', './cmd/worker', './tools/gen'], { wanted })).toBe(is);
  });

  test('knows no module name in a workspace without a root module', () => {
    expect(chosen(['./cmd/admin', './cmd/shop'], { modulePath: undefined })).toBe('ask: several packages are programs');
  });

  test('gives programs of one name different names that are process types', () => {
    expect(chosen(['.', './a/server', './b/server', './we+ird'])).toBe('shop a-server b-server we-ird');
  });
});

describe('programName()', () => {
  test.each([
    ['example.com/shop', 'shop'],
    ['example.com/shop/v2', 'shop'],
    ['example.com/v2/api', 'api'],
    ['gopkg.in/tool.v3', 'tool'],
    ['main', 'main'],
    ['v2', 'v2'],
    ['example.com/api/v1', 'v1'],
  ])('names %s %s', (importPath, name) => {
    expect(programName(importPath)).toBe(name);
  });
});
