import { expect, test } from 'vitest';
import type { Buildpack } from '../../src/buildpack/buildpack.ts';
import { directoryBuildpack } from '../../src/buildpack/directory-buildpack.ts';
import { parseBuildpackDescriptor } from '../../src/cnb/buildpack-descriptor.ts';
import type { CandidateGroup, ResolveOrderOptions } from '../../src/lifecycle/resolve-order.ts';
import { resolveOrder } from '../../src/lifecycle/resolve-order.ts';
import { byName } from './phase-fixture.ts';

/** A composite's groups: `A B?, C` is [A, optional B] and [C]. */
function buildpack(id: string, { order = '', version = '1' } = {}): Buildpack {
  const groups = order.split(',').map((group) => group.split(' ').filter(Boolean));
  const entries = order === '' ? '' : groups.map((names) => `[[order]]\n${names.map(entry).join('')}`).join('');
  const text = `api = "0.12"\n[buildpack]\nid = "${id}"\nversion = "${version}"\n${entries}`;
  return directoryBuildpack('/nowhere', parseBuildpackDescriptor(text, 'buildpack.toml', { binFiles: ['build'] }));
}

function entry(name: string): string {
  const [id = '', version = '1'] = name.replace('?', '').split('@');
  return `[[order.group]]\nid = "${id}"\nversion = "${version}"\n${name.endsWith('?') ? 'optional = true\n' : ''}`;
}

const simple = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].map((id) => buildpack(id));
const O = buildpack('O', { order: 'A B, C D' });
const P = buildpack('P', { order: 'E F, G H' });
const nested = buildpack('N', { order: 'A O, B' });
const selfish = buildpack('S', { order: 'A S' });
const [left, right] = [buildpack('L', { order: 'A R' }), buildpack('R', { order: 'L, B' })];
const twice = buildpack('A', { version: '2' });
const all = byName(...simple, O, P, nested, selfish, left, right, twice);

/** Every group that is tried, in order, when none is found. */
async function groupsOf(text: string, options: Partial<ResolveOrderOptions<string>> = {}): Promise<readonly string[]> {
  const tried: string[] = [];
  const order = text.split(',').map((group) => ({
    entries: group
      .split(' ')
      .filter(Boolean)
      .map((name) => {
        const [id = '', version = '1'] = name.replace('?', '').split('@');
        return { buildpack: all.get(`${id}@${version}`)!, optional: name.endsWith('?') };
      }),
  }));
  const shown = (group: CandidateGroup): string =>
    group
      .map(
        ({ buildpack: { descriptor }, optional }) =>
          `${descriptor.id}${descriptor.version === '2' ? '2' : ''}${optional ? '?' : ''}`,
      )
      .join('');
  await resolveOrder(order, {
    buildpacks: all,
    execEnv: 'production',
    accept: () => true,
    tryGroup: async (group) => {
      tried.push(shown(group));
      return 'fail';
    },
    ...options,
  });
  return tried;
}

test.each([
  { row: 'ORD-01', order: 'A B, C', groups: ['AB', 'C'] },
  { row: 'ORD-02', order: 'E O F', groups: ['EABF', 'ECDF'] },
  { row: 'ORD-03', order: 'O P', groups: ['ABEF', 'ABGH', 'CDEF', 'CDGH'] },
  { row: 'ORD-04 a component', order: 'A? B', groups: ['A?B'] },
  { row: 'ORD-04 a composite', order: 'O? E', groups: ['ABE', 'CDE', 'E'] },
  { row: 'ORD-05 the same id in a composite', order: 'A O', groups: ['AB', 'ACD'] },
  { row: 'ORD-05 the same id in another version', order: 'A@2 A B', groups: ['A2B'] },
  { row: 'a composite in a composite', order: 'N E', groups: ['ABE', 'ACDE', 'BE'] },
  { row: 'DET-14 an empty group', order: '', groups: [''] },
])('resolveOrder() $row: $order', async ({ order, groups }) => {
  expect(await groupsOf(order)).toEqual(groups);
});

test.each([
  { order: 'S', message: 'buildpack "S@1" contains itself (S@1 → S@1)' },
  { order: 'L', message: 'buildpack "L@1" contains itself (L@1 → R@1 → L@1)' },
])('ORD-09 resolveOrder() refuses $order, which contains itself', async ({ order, message }) => {
  await expect(groupsOf(order)).rejects.toMatchObject({
    code: 'ORDER_INVALID',
    message: `Cannot resolve the order: ${message}`,
  });
});

test('the same composite twice in a group is not one that contains itself', async () => {
  expect(await groupsOf('O E O')).toEqual(['ABE', 'ABECD', 'CDEAB', 'CDE']);
});

test('an entry that is not accepted is as if it were not there', async () => {
  const accept: ResolveOrderOptions<string>['accept'] = ({ buildpack: { descriptor } }) =>
    descriptor.version === '2' || descriptor.id !== 'A';
  expect(await groupsOf('A A@2 B', { accept })).toEqual(['A2B']);
});

test.each([
  { what: 'an error anywhere', order: 'A, B', errors: ['A'], verdict: 'error' },
  { what: 'an error in a composite', order: 'O', errors: ['CD'], verdict: 'error' },
  {
    what: 'an error of an optional composite counts by the group without it',
    order: 'O? E',
    errors: ['ABE'],
    verdict: 'fail',
  },
  { what: 'no error', order: 'A, B', errors: [], verdict: 'fail' },
])('resolveOrder() tells $what', async ({ order, errors, verdict }) => {
  const entries = (group: string): { entries: { buildpack: Buildpack; optional: boolean }[] } => ({
    entries: group
      .split(' ')
      .filter(Boolean)
      .map((name) => ({ buildpack: all.get(`${name.replace('?', '')}@1`)!, optional: name.endsWith('?') })),
  });
  const result = await resolveOrder(order.split(',').map(entries), {
    buildpacks: all,
    execEnv: 'production',
    accept: () => true,
    tryGroup: async (group) =>
      (errors as readonly string[]).includes(group.map(({ buildpack: { descriptor } }) => descriptor.id).join(''))
        ? 'error'
        : 'fail',
  });
  expect(result).toBe(verdict);
});
