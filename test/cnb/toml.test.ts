import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseToml, writeToml } from '../../src/cnb/toml.ts';
import type { TomlTable, TomlValue } from '../../src/cnb/toml-value.ts';
import { plainFromToml, tomlFromPlain, TomlTime } from '../../src/cnb/toml-value.ts';

const read = (text: string | Uint8Array): TomlTable => parseToml(text, 'x.toml', 'DESCRIPTOR_INVALID');

const times = fc.constantFrom(
  new TomlTime('offset-date-time', '1979-05-27T00:32:00.999999999-07:00'),
  new TomlTime('offset-date-time', '1979-05-27T07:32:00Z'),
  new TomlTime('local-date-time', '1979-05-27T07:32:00'),
  new TomlTime('local-date', '1979-05-27'),
  new TomlTime('local-time', '07:32:00.5'),
);

const { value } = fc.letrec<{ value: TomlValue; table: TomlTable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    times,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('table'),
  ),
  table: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
}));

/** Go's decoder and ours make no difference between the order of keys. */
function sorted(item: TomlValue): unknown {
  if (Array.isArray(item)) return item.map((member: TomlValue) => sorted(member));
  if (typeof item !== 'object' || item instanceof TomlTime) return item;
  return Object.entries(item)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}

describe('parseToml() and writeToml()', () => {
  test('LYR-02 and PLN-14 every value comes back as the kind it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { maxKeys: 5 }), (table) => {
        expect(sorted(read(writeToml(table)))).toEqual(sorted(table));
      }),
      { numRuns: 300 },
    );
  });

  test('integers, floats and dates are kept apart', () => {
    const text = 'a = 1\nb = 1.0\nc = 9007199254740993\nd = 1979-05-27\ne = -0.0\nf = inf\n';
    expect(read(text)).toMatchObject({
      a: 1n,
      b: 1,
      c: 9007199254740993n,
      d: { kind: 'local-date' },
      e: -0,
      f: Infinity,
    });
    expect(writeToml(read(text))).toBe('a = 1\nb = 1.0\nc = 9007199254740993\nd = 1979-05-27\ne = -0.0\nf = inf\n');
  });

  test('FIL-14 files of the Go encoder are read', () => {
    const text =
      '[run-image]\n  reference = "r"\n\n  [run-image.target]\n    os = "linux"\n[[a]]\n  b.c = {d = [1, 2], "e f" = "x"}\n[[a]]\n';
    expect(plainFromToml(read(text))).toEqual({
      'run-image': { reference: 'r', target: { os: 'linux' } },
      a: [{ b: { c: { d: [1, 2], 'e f': 'x' } } }, {}],
    });
  });

  test('names of prototypes are keys like others', () => {
    const table = read('__proto__ = 1\nconstructor = 2\n[a.__proto__]\nb = 3\n');
    expect(Object.keys(table)).toEqual(['__proto__', 'constructor', 'a']);
    expect(({} as Record<string, unknown>)['b']).toBeUndefined();
  });

  test('a byte order mark and CRLF are no trouble, a lone CR and bytes that are no UTF-8 are', () => {
    expect(read(Buffer.from('\ufeffa = 1\r\nb = 2\r\n'))).toEqual({ a: 1n, b: 2n });
    expect(() => read('a = 1\rb = 2')).toThrow('Cannot read "x.toml" line 1');
    expect(() => read(Uint8Array.of(0x61, 0x3d, 0x22, 0xff, 0x22))).toThrow('it is not valid UTF-8');
  });

  test.each([
    ['a = 1\na = 2', 'Cannot read "x.toml" line 2: Cannot redefine existing key \'a\''],
    ['\n\nb = [', 'Cannot read "x.toml" line 3'],
    ['a = 9223372036854775808', 'Cannot read "x.toml" line 1'],
  ])('%j is an error with its line', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('deep nesting is an error, not a crash', () => {
    expect(() => read(`a = ${'['.repeat(100_000)}`)).toThrow('Cannot read "x.toml"');
  });
});

describe('tomlFromPlain()', () => {
  test('whole numbers become integers, dates times, and nothing is left out', () => {
    const plain = { i: 1, f: 1.5, d: new Date(0), u: undefined, n: null, l: [1, 'a', { b: true }] };
    expect(tomlFromPlain(plain)).toEqual({
      i: 1n,
      f: 1.5,
      d: new TomlTime('offset-date-time', '1970-01-01T00:00:00.000Z'),
      l: [1n, 'a', { b: true }],
    });
  });

  test.each([[[null]], [() => 1], [Symbol('x')]])('what TOML cannot say is refused', (plain) => {
    expect(() => tomlFromPlain(plain)).toThrow(TypeError);
  });
});
