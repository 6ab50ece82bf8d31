import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from '../../src/registry/challenge.ts';

test.each([
  {
    header: 'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
    challenges: [
      {
        scheme: 'bearer',
        parameters: { realm: 'https://auth.example/token', service: 'registry', scope: 'repository:a/b:pull,push' },
      },
    ],
  },
  {
    header: 'Basic realm="a \\"quoted\\" one"',
    challenges: [{ scheme: 'basic', parameters: { realm: 'a "quoted" one' } }],
  },
  {
    header: 'BASIC Realm=x, Bearer realm = "y" , scope=z',
    challenges: [
      { scheme: 'basic', parameters: { realm: 'x' } },
      { scheme: 'bearer', parameters: { realm: 'y', scope: 'z' } },
    ],
  },
  {
    header: 'Negotiate, Basic realm=""',
    challenges: [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: '' } },
    ],
  },
  { header: 'Bearer realm="one",realm="two"', challenges: [{ scheme: 'bearer', parameters: { realm: 'one' } }] },
  { header: 'Bearer realm="unterminated', challenges: [{ scheme: 'bearer', parameters: {} }] },
  { header: '', challenges: [] },
  { header: '"', challenges: [] },
])('parseChallenges() reads $header', ({ header, challenges }) => {
  expect(parseChallenges(header)).toEqual(challenges);
});

test('parseChallenges() ends for any text, also a long and hostile one', () => {
  const ends = fc.property(fc.string(), (text) => Array.isArray(parseChallenges(text)));
  expect(() => fc.assert(ends)).not.toThrow();
  expect(parseChallenges(`Bearer ${'a="\\'.repeat(100_000)}`)[0]?.scheme).toBe('bearer');
  expect(parseChallenges(`Bearer ${'a=b,'.repeat(100_000)}`)[0]?.parameters).toEqual({ a: 'b' });
});
