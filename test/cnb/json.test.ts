import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asMaps, parseJson, writeJson } from '../../src/cnb/json.ts';
import { jsonFromToml } from '../../src/cnb/toml-json.ts';
import { tomlTableFromPlain } from '../../src/cnb/toml-value.ts';

test('parseJson() reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      // Numbers without a fraction beyond 2^53 are the difference.
      const big = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
      const plain = JSON.stringify(parseJson(text), (_name, value: unknown) => big(value));
      expect(plain).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

test.each([
  ['9007199254740993', 9007199254740993n],
  ['[-9223372036854775808, 1]', [-9223372036854775808n, 1]],
  ['{"a":"9007199254740993"}', { a: '9007199254740993' }],
  ['{"a\\"9007199254740993": 9007199254740993}', { 'a"9007199254740993': 9007199254740993n }],
  ['1234567890123456.5', 1234567890123456.5],
  ['1e30', 1e30],
])('parseJson() of %s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test.each(['9007199254740993x', '{"a":9007199254740993', '"9007199254740993'])('parseJson() refuses %s', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

test('LYR-02 whole numbers are whole after the way through a label and back', () => {
  const table = {
    big: 9007199254740993n,
    small: 1n,
    text: '9007199254740993',
    list: [2n ** 63n - 1n],
    in: { min: -(2n ** 63n) },
  };
  const label = writeJson(asMaps(jsonFromToml(table)));
  expect(tomlTableFromPlain(parseJson(label) as object)).toEqual(table);
});
