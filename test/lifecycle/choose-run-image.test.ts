import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { StackNeed } from '../../src/buildpack/api.ts';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import { builtinBuildpack } from '../../src/buildpack/builtin-adapter.ts';
import type { Event } from '../../src/events.ts';
import { chooseRunImage } from '../../src/lifecycle/choose-run-image.ts';
import type { DetectTrial } from '../../src/lifecycle/detect.ts';

const needed: StackNeed = { name: 'scratch', reason: 'there is nothing to load' };

function buildpack(id: string): Buildpack {
  return builtinBuildpack({
    id,
    version: '1.0.0',
    inputs: { hostEnv: [] },
    stacks: { default: 'static', also: ['scratch'] },
    detect: () => Promise.resolve({ pass: true }),
    build: () => Promise.resolve({}),
  });
}

function detected(stacks: readonly (StackNeed | undefined)[]): { group: Buildpack[]; trials: DetectTrial[] } {
  const group = stacks.map((_, index) => buildpack(`acme/b${index}`));
  const trials = stacks.map((stack, index): DetectTrial => {
    return { buildpack: group[index]!, result: 'pass', output: '', wanted: [], ...(stack && { stack }) };
  });
  return { group, trials };
}

test('chooseRunImage() takes the stack that a buildpack needs for this application and says why', () => {
  const events: Event[] = [];
  const chosen = chooseRunImage({ kind: 'auto' }, detected([undefined, needed]), (event) => events.push(event));
  expect(chosen).toEqual({ kind: 'stack', name: 'scratch' });
  expect(events).toEqual([{ type: 'info', message: 'Standing on stack scratch, because there is nothing to load' }]);
});

test('chooseRunImage() takes the default where nothing is needed', () => {
  expect(chooseRunImage({ kind: 'auto' }, detected([undefined]), () => {})).toEqual({ kind: 'stack', name: 'static' });
});

test('chooseRunImage() refuses another stack than the one that is needed', () => {
  const choose = (): unknown => chooseRunImage({ kind: 'stack', name: 'static' }, detected([needed]), () => {});
  expect(choose).toThrow('Cannot stand on stack "static": acme/b0 needs "scratch" here');
  expect(chooseRunImage({ kind: 'stack', name: 'scratch' }, detected([needed]), () => {})).toMatchObject({
    name: 'scratch',
  });
});

test('chooseRunImage() refuses two needs that differ', () => {
  const both = detected([needed, { name: 'static', reason: 'it wants certificates' }]);
  expect(() => chooseRunImage({ kind: 'auto' }, both, () => {})).toThrow(
    'acme/b0 needs "scratch" and acme/b1 "static"',
  );
});

test('chooseRunImage() leaves an image that the user names alone', () => {
  const wish = { kind: 'image', place: 'oci:somewhere' } as const;
  expect(chooseRunImage(wish, detected([needed]), () => {})).toBe(wish);
});

test('chooseRunImage() takes a stack of the user for what it extends, and tries what extends nothing of ours', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stacks-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const stack = (name: string, text: string): string => {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'stack.toml'), `description = "x"\n${text}`);
    return join(dir, name);
  };
  const choose = (name: string): unknown => chooseRunImage({ kind: 'stack', name }, detected([undefined]), () => {});
  const more = stack('more', 'extends = "static"\n');
  expect(choose(more)).toEqual({ kind: 'stack', name: more });
  const strange = stack('strange', 'extends = "shell"\n');
  expect(() => choose(strange)).toThrow('Cannot stand on stack "strange": acme/b0 does not run on it');
  const user = 'gid = 1000\nuid =';
  const own = stack('own', `[run]\nfrom = "files"\n${user} 1002\n[build]\nfrom = "host"\n${user} 1001\n`);
  expect(choose(own)).toEqual({ kind: 'stack', name: own });
});
