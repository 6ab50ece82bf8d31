import { expect, test } from 'vitest';
import { parseSize, parseTime } from '../../src/cli/parse-amount.ts';

test.each([
  ['500MB', 500e6],
  ['1.5 gb', 1.5e9],
  ['42', 42],
  ['42B', 42],
])('parseSize() reads %s as %d bytes', (text, bytes) => {
  expect(parseSize(text, '--max-size')).toBe(bytes);
});

test.each([
  ['30d', 30 * 86_400_000],
  ['12h', 12 * 3_600_000],
  ['5min', 300_000],
])('parseTime() reads %s as %d milliseconds', (text, milliseconds) => {
  expect(parseTime(text, '--unused-for')).toBe(milliseconds);
});

test.each(['', 'x', '10 parsecs', '-5MB', '5m', '5'])('parseTime() refuses "%s" with an example', (text) => {
  expect(() => parseTime(text, '--unused-for')).toThrow(
    expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('30d') }),
  );
});
