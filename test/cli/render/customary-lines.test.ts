import { expect, test } from 'vitest';
import { eventLines } from '../../../src/cli/render/event-lines.ts';
import { styleFor } from '../../../src/cli/render/style.ts';

const plain = styleFor({ isTTY: false }, {});

test('headers and the table of buildpacks are those that platforms look for [DET-23] [CRE-07]', () => {
  const phases = ['analyze', 'detect', 'restore', 'build', 'export'] as const;
  const headers = phases.flatMap((phase) => eventLines({ type: 'phase', phase }, plain, 'normal'));
  expect(headers).toEqual(['===> ANALYZING', '===> DETECTING', '===> RESTORING', '===> BUILDING', '===> EXPORTING']);
  const buildpacks = [
    { id: 'some/long-id', version: '1.0.0' },
    { id: 'a', version: '2.0.0' },
  ];
  expect(eventLines({ type: 'group', buildpacks }, plain, 'normal')).toEqual([
    '2 of 2 buildpacks participating',
    'some/long-id 1.0.0',
    'a            2.0.0',
  ]);
});
