import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BuildPlan, PlanSections } from '../../src/cnb/build-plan.ts';
import type { PlanMember } from '../../src/lifecycle/resolve-plan.ts';
import { resolvePlan } from '../../src/lifecycle/resolve-plan.ts';

const sections = (provides: readonly string[], requires: readonly string[]): PlanSections => ({
  provides: provides.map((name) => ({ name })),
  requires: requires.map((name) => ({ name, metadata: {} })),
});

/** `p:a r:b | r:c`: provides a and requires b, or else requires c. */
function planOf(text: string): BuildPlan {
  const alternatives = text.split('|').map((part) => {
    const words = part.split(' ').filter(Boolean);
    const named = (kind: string): readonly string[] =>
      words.filter((word) => word.startsWith(kind)).map((word) => word.slice(kind.length));
    return sections(named('p:'), named('r:'));
  });
  return { alternatives: alternatives as [PlanSections, ...PlanSections[]] };
}

/** Members by name; a name that ends in `?` is optional. */
function resolve(members: Readonly<Record<string, string>>): unknown {
  const result = resolvePlan(
    Object.entries(members).map(([name, plan]) => ({
      id: name.replace('?', ''),
      version: '1',
      optional: name.endsWith('?'),
      plan: planOf(plan),
    })),
  );
  if (!result.met) return result.reasons;
  return {
    group: result.members.map(({ id }) => id).join(' '),
    plan: Object.fromEntries(
      result.plan.entries.map(({ providers, requires }) => [
        requires[0]?.name,
        `${providers.map(({ id }) => id).join('+')} ${requires.length}`,
      ]),
    ),
  };
}

describe('resolvePlan()', () => {
  test.each([
    { row: 'no wishes', members: { A: '', B: '' }, expected: { group: 'A B', plan: {} } },
    {
      row: 'PLN-03 met by an earlier one',
      members: { A: 'p:x', B: 'r:x' },
      expected: { group: 'A B', plan: { x: 'A 1' } },
    },
    {
      row: 'PLN-03 not by a later one',
      members: { A: 'r:x', B: 'p:x' },
      expected: ['A requires "x", which nobody provides'],
    },
    { row: 'PLN-04 required by nobody', members: { A: 'p:x' }, expected: ['A provides "x", which nobody requires'] },
    { row: 'PLN-05 its own wish', members: { A: 'r:x p:x' }, expected: { group: 'A', plan: { x: 'A 1' } } },
    { row: 'PLN-06 optional ones are dropped', members: { 'A?': 'p:x', B: '' }, expected: { group: 'B', plan: {} } },
    {
      row: 'PLN-06 until it is stable',
      members: { 'A?': 'p:x', 'B?': 'r:x p:y', 'C?': 'r:y r:z', D: '' },
      expected: { group: 'D', plan: {} },
    },
    {
      row: 'PLN-06 a dropped provider takes a required one along',
      members: { 'A?': 'p:x r:z', B: 'r:x' },
      expected: ['B requires "x", which nobody provides'],
    },
    {
      row: 'PLN-01 the first alternative that fits',
      members: { A: 'p:x | p:y', B: 'r:y' },
      expected: { group: 'A B', plan: { y: 'A 1' } },
    },
    {
      row: 'PLN-02 leftmost slowest',
      members: { A: 'p:a | p:b', B: 'r:b | r:a' },
      expected: { group: 'A B', plan: { a: 'A 1' } },
    },
    {
      row: 'PLN-07 all alternatives before it is dropped',
      members: { 'A?': 'p:x | p:y', B: 'r:y | ' },
      expected: { group: 'A B', plan: { y: 'A 1' } },
    },
    {
      row: 'PLN-07 dropped on its last one',
      members: { 'A?': 'p:x | p:y', B: '' },
      expected: { group: 'B', plan: {} },
    },
    {
      row: 'PLN-09 several providers and requirers',
      members: { A: 'p:x', B: 'p:x r:x', C: 'r:x' },
      expected: { group: 'A B C', plan: { x: 'A+B 2' } },
    },
    {
      row: 'PLN-09 a provider between two requirements',
      members: { A: 'p:x', B: 'r:x', C: 'p:x r:x' },
      expected: { group: 'A B C', plan: { x: 'A+C 2' } },
    },
    {
      row: 'PLN-10 a provider behind the last requirement',
      members: { A: 'p:x', B: 'r:x', C: 'p:x' },
      expected: ['C provides "x", which nobody requires'],
    },
    { row: 'PLN-11 nobody is left', members: { 'A?': 'p:x' }, expected: ['no buildpack is left in the group'] },
    {
      row: 'PLN-13 sorted by name',
      members: { A: 'p:z p:a', B: 'r:z r:a' },
      expected: { group: 'A B', plan: { a: 'A 1', z: 'A 1' } },
    },
  ])('$row: $members', ({ members, expected }) => {
    expect(resolve(members as unknown as Record<string, string>)).toEqual(expected);
  });

  test('PLN-02 and PLN-12 equal a search that knows only the specification', () => {
    const names = fc.subarray(['x', 'y', 'z']);
    const alternative = fc.tuple(names, names).map(([provides, requires]) => sections(provides, requires));
    const member = fc.record({
      optional: fc.boolean(),
      alternatives: fc.array(alternative, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 4 }), (drawn) => {
        const members = drawn.map(({ optional, alternatives }, index) => ({
          id: `b${index}`,
          version: '1',
          optional,
          plan: { alternatives: alternatives as [PlanSections, ...PlanSections[]] },
        }));
        const result = resolvePlan(members);
        expect(result.met && result.members.map(({ id }) => id)).toEqual(oracle(members) ?? false);
        if (result.met) checkPlan(members, result);
      }),
      { numRuns: 500 },
    );
  });
});

/**
 * The group by brute force: choices as numbers counted up with the rightmost digit fastest, misfits by looking at every pair of places.
 */
function oracle(members: readonly PlanMember[]): readonly string[] | undefined {
  const sizes = members.map(({ plan }) => plan.alternatives.length);
  const total = sizes.reduce((product, size) => product * size, 1);
  for (let number = 0; number < total; number += 1) {
    let rest = number;
    const digits = sizes
      .toReversed()
      .map((size) => {
        const digit = rest % size;
        rest = Math.floor(rest / size);
        return digit;
      })
      .toReversed();
    const survivors = settleByHand(members, digits);
    if (survivors !== undefined && survivors.length > 0) return survivors.map((place) => members[place]!.id);
  }
  return undefined;
}

function settleByHand(members: readonly PlanMember[], digits: readonly number[]): readonly number[] | undefined {
  const chosen = members.map(({ plan }, place) => plan.alternatives[digits[place]!]!);
  let places = members.map((_member, place) => place);
  for (;;) {
    const wrong = places.filter(
      (place) =>
        chosen[place]!.requires.some(
          ({ name }) => !places.some((other) => other <= place && chosen[other]!.provides.some((p) => p.name === name)),
        ) ||
        chosen[place]!.provides.some(
          ({ name }) => !places.some((other) => other >= place && chosen[other]!.requires.some((r) => r.name === name)),
        ),
    );
    if (wrong.length === 0) return places;
    const mayGo = (place: number): boolean =>
      members[place]!.optional && digits[place] === members[place]!.plan.alternatives.length - 1;
    if (!wrong.every(mayGo)) return undefined;
    places = places.filter((place) => !wrong.includes(place));
  }
}

/** Every entry has providers and requirements of one name, and every provider stands at or before a requirement. */
function checkPlan(
  members: readonly PlanMember[],
  { plan }: Extract<ReturnType<typeof resolvePlan>, { met: true }>,
): void {
  for (const { providers, requires } of plan.entries) {
    expect(providers.length).toBeGreaterThan(0);
    expect(new Set(requires.map(({ name }) => name)).size).toBe(1);
    for (const { id } of providers) expect(members.some((member) => member.id === id)).toBe(true);
  }
}
