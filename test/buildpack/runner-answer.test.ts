import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TsbuildpackError } from '../../src/errors.ts';
import { parseAnswer, parseDescribed } from '../../src/buildpack/runner-answer.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('parseAnswer()', () => {
  test('any bytes are an answer or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), (input) => {
        const answer = parseAnswer(input);
        expect(answer === undefined || typeof answer.ok === 'boolean').toBe(true);
      }),
    );
  });

  test.each(['', 'null', '[]', '{}', '{"ok":1}', '{"ok":true,"reason":5}', '{"ok":true,"wanted":"x"}'])(
    '%j is none',
    (text) => {
      expect(parseAnswer(bytes(text))).toBeUndefined();
    },
  );

  test('what it does not know is left out', () => {
    expect(parseAnswer(bytes('{"ok":true,"reason":"r","wanted":["w"],"more":1}'))).toEqual({
      ok: true,
      reason: 'r',
      wanted: ['w'],
    });
  });
});

describe('parseDescribed()', () => {
  test('any JSON is a definition or BUILDPACK_INVALID', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(['string', 'BUILDPACK_INVALID']).toContain(outcome(value));
      }),
    );
  });

  test('the message names the member that is wrong', () => {
    const value = { id: 'a', version: '1.0.0', targets: [{ os: 'linux', distros: [{}] }] };
    expect(() => parseDescribed(value, 'x.ts')).toThrow(
      'its definition is not as it must be: targets.0.distros.0.name: it is',
    );
  });
});

function outcome(value: unknown): string {
  try {
    return typeof parseDescribed(value, 'x.ts').id;
  } catch (error) {
    return error instanceof TsbuildpackError ? error.code : String(error);
  }
}
