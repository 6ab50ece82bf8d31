import { expect, test } from 'vitest';
import { loadStack, stackNames } from '../../src/stack/load-stack.ts';
import type { PackageFacts } from '../../src/stack/package-facts.ts';
import { stackConfig } from '../../src/stack/stack-config.ts';
import { stackHalf, type HalfName, type StackHalf } from '../../src/stack/stack-half.ts';

const halves = (name: HalfName): readonly StackHalf[] =>
  stackNames()
    .map((stack) => stackHalf(loadStack(stack), name))
    .filter(({ kind }) => kind === 'layers');

function variables(half: StackHalf): ReadonlyMap<string, string> {
  const { Env = [] } = stackConfig(half, []);
  return new Map(Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

// @cnb TGT-19
test('stackConfig() gives every build image a user of its own with a home, and says who it is', () => {
  expect(halves('build').map(({ stack }) => stack.name)).toContain('base');
  for (const half of halves('build')) {
    const [uid = '', gid = ''] = (stackConfig(half, []).User ?? '').split(':');
    const env = variables(half);
    expect(Number(uid)).toBeGreaterThan(0);
    expect([env.get('CNB_USER_ID'), env.get('CNB_GROUP_ID')]).toEqual([uid, gid]);
    expect(env.get('PATH')).toContain('/usr/bin');
    const home = half.parts.find((part) => part.uid === half.uid && part.home === env.get('HOME'));
    expect(home).toBeDefined();
  }
});

// @cnb TGT-19
test('stackConfig() gives every run image a path, another user than the build has, and lets it be rebased', () => {
  for (const half of halves('run')) {
    const { User: user, Labels: labels } = stackConfig(half, []);
    expect(variables(half).get('PATH')).toContain('/usr/bin');
    expect(Number(user?.split(':')[0])).toBeGreaterThan(0);
    expect(half.uid).not.toBe(stackHalf(half.stack, 'build').uid);
    expect(labels).toMatchObject({
      'io.buildpacks.base.id': expect.any(String),
      'io.buildpacks.base.description': expect.any(String),
      'io.buildpacks.rebasable': 'true',
    });
  }
});

// @cnb TGT-18 TGT-20
test('stackConfig() labels both halves of base with their distribution, the target and stack, and the packages as mixins', () => {
  const packages = ['libc6', 'tzdata'].map(
    (name): PackageFacts => ({ name, version: '1', architecture: 'amd64' }) as PackageFacts,
  );
  for (const name of ['run', 'build'] as const) {
    const { Labels: labels, Env: env = [] } = stackConfig(stackHalf(loadStack('base'), name), packages);
    expect(labels).toMatchObject({
      'io.buildpacks.base.id': expect.stringMatching(/^[A-Za-z0-9./-]+$/),
      'io.buildpacks.base.distro.name': 'debian',
      'io.buildpacks.base.distro.version': '13',
      'io.buildpacks.stack.id': expect.any(String),
      'io.buildpacks.stack.mixins': '["libc6","tzdata"]',
    });
    const said = env.filter((line) => line.startsWith('CNB_STACK_ID='));
    expect(said).toEqual(name === 'build' ? [`CNB_STACK_ID=${labels?.['io.buildpacks.stack.id']}`] : []);
  }
});
