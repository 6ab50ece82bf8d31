import { expect, test } from 'vitest';
import { parseProcessType } from '../../src/cnb/process-type.ts';

test.each(['web', 'a.b_c-1', 'Web'])('parseProcessType() takes "%s"', (type) => {
  expect(parseProcessType(type, 'launch.toml')).toBe(type);
});

test.each(['', '.', '..', 'a/b', 'a b', 'tsbuildpack-init'])('parseProcessType() refuses "%s"', (type) => {
  expect(() => parseProcessType(type, 'launch.toml')).toThrow(`Cannot use process type "${type}" of "launch.toml"`);
});
