import { expect, test } from 'vitest';
import { supportEnded } from '../../../buildpacks/node/release-lines.ts';

test.each([
  ['8.17.0', '2019-12-31'],
  ['20.20.2', '2026-04-30'],
  ['22.1.0', undefined],
  ['26.10.0', undefined],
  ['27.0.0', undefined],
  ['80.0.0', undefined],
])('supportEnded() of %s is %s', (version, end) => {
  expect(supportEnded(version)).toBe(end);
});
