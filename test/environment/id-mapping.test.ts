import { expect, test } from 'vitest';
import type { IdMappingFacts } from '../../src/environment/id-mapping.ts';
import { findIdMapping, hostId } from '../../src/environment/id-mapping.ts';

const facts: IdMappingFacts = {
  uid: 1000,
  gid: 100,
  userName: 'jo',
  subuid: 'root:1:1\njo:100000:65536\nother:165536:65536\n',
  subgid: '1000:200000:1000\njo:300000:65536\n',
  hasTools: true,
};
const uids = [{ containerID: 0, hostID: 1000, size: 1 }];
const gids = [{ containerID: 0, hostID: 100, size: 1 }];

test('findIdMapping() takes the largest ranges that are given to the caller by name or number', () => {
  expect(findIdMapping(facts)).toEqual({
    kind: 'ranges',
    uids: [...uids, { containerID: 1, hostID: 100_000, size: 65_536 }],
    gids: [...gids, { containerID: 1, hostID: 300_000, size: 65_536 }],
  });
});

test('findIdMapping() leaves ids as they are for root', () => {
  expect(findIdMapping({ ...facts, uid: 0 })).toEqual({ kind: 'host' });
});

test.each([
  { what: 'no range', change: { subuid: 'other:1:1\n' }, reason: '/etc/subuid has no range for "jo"' },
  { what: 'no group range', change: { subgid: 'jo:x:y\n' }, reason: '/etc/subgid has no range for "jo"' },
  {
    what: 'no tools',
    change: { hasTools: false },
    reason: 'newuidmap and newgidmap are not installed (package uidmap)',
  },
])('findIdMapping() maps the caller alone where there is $what', ({ change, reason }) => {
  expect(findIdMapping({ ...facts, ...change })).toEqual({ kind: 'single', uids, gids, reason });
});

test('hostId() follows a mapping, as far as it reaches', () => {
  const mappings = [...uids, { containerID: 1, hostID: 100_000, size: 65_536 }];
  expect([0, 1, 1002, 65_536, 65_537].map((id) => hostId(id, mappings))).toEqual([
    1000,
    100_000,
    101_001,
    165_535,
    undefined,
  ]);
});
