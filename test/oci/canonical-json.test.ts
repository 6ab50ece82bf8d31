import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/oci/canonical-json.ts';

test('canonicalJson() sorts keys at every depth and leaves out what is undefined', () => {
  expect(canonicalJson({ b: [{ z: 1, a: null }], a: undefined, B: 'x', 10: 1, 9: 2 })).toBe(
    '{"10":1,"9":2,"B":"x","b":[{"a":null,"z":1}]}',
  );
});

test('canonicalJson() keeps a key that JavaScript knows', () => {
  expect(canonicalJson(JSON.parse('{"__proto__":{"a":1},"constructor":2}'))).toBe(
    '{"__proto__":{"a":1},"constructor":2}',
  );
});

test('canonicalJson() gives JSON of the same value, and the same bytes whatever the order of the keys', () => {
  const same = fc.property(fc.jsonValue(), (value) => {
    const text = canonicalJson(value);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(canonicalJson(reversed(JSON.parse(text)))).toBe(text);
  });
  expect(() => fc.assert(same)).not.toThrow();
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
