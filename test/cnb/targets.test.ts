import { expect, test } from 'vitest';
import { labelledDistro, matchesTarget, targetVariables } from '../../src/cnb/targets.ts';

const debian = { os: 'linux', arch: 'arm64', variant: 'v8', distroName: 'debian', distroVersion: '12' };

test.each([
  { row: 'no wishes', wishes: [], facts: debian, fits: true },
  { row: 'TGT-01 absent is any', wishes: [{}], facts: debian, fits: true },
  {
    row: 'TGT-01 all equal',
    wishes: [{ os: 'linux', arch: 'arm64', variant: 'v8', distros: [{ name: 'debian', version: '12' }] }],
    facts: debian,
    fits: true,
  },
  { row: 'TGT-01 os', wishes: [{ os: 'windows' }], facts: debian, fits: false },
  { row: 'TGT-01 arch', wishes: [{ arch: 'amd64' }], facts: debian, fits: false },
  { row: 'TGT-01 variant', wishes: [{ variant: 'v7' }], facts: debian, fits: false },
  {
    row: 'TGT-01 one distro of several',
    wishes: [{ distros: [{ name: 'ubuntu' }, { name: 'debian' }] }],
    facts: debian,
    fits: true,
  },
  {
    row: 'TGT-01 distro version',
    wishes: [{ distros: [{ name: 'debian', version: '11' }] }],
    facts: debian,
    fits: false,
  },
  { row: 'TGT-01 one wish of several', wishes: [{ os: 'windows' }, { os: 'linux' }], facts: debian, fits: true },
  { row: 'TGT-02 absent in the image', wishes: [{ os: 'linux', arch: 'amd64', variant: 'v1' }], facts: {}, fits: true },
  {
    row: 'TGT-02 absent distro version',
    wishes: [{ distros: [{ name: 'debian', version: '12' }] }],
    facts: { distroName: 'debian' },
    fits: true,
  },
  { row: 'TGT-03 no distro at all', wishes: [{ distros: [{ name: 'debian' }] }], facts: { os: 'linux' }, fits: false },
])('matchesTarget() $row', ({ wishes, facts, fits }) => {
  expect(matchesTarget(wishes, facts)).toBe(fits);
});

test('TGT-15 targetVariables() leaves out what is not known', () => {
  expect(targetVariables({ os: 'linux', arch: 'amd64' })).toEqual({ CNB_TARGET_OS: 'linux', CNB_TARGET_ARCH: 'amd64' });
  expect(targetVariables({ os: 'linux', arch: '', variant: '', distroName: '', distroVersion: '' })).toEqual({
    CNB_TARGET_OS: 'linux',
    CNB_TARGET_ARCH: '',
  });
  expect(targetVariables(debian)).toMatchObject({ CNB_TARGET_ARCH_VARIANT: 'v8', CNB_TARGET_DISTRO_VERSION: '12' });
});

const distroLabels = { 'io.buildpacks.base.distro.name': 'debian', 'io.buildpacks.base.distro.version': '12' };
const bionic = { 'io.buildpacks.stack.id': 'io.buildpacks.stacks.bionic' };

test.each([
  { row: 'TGT-18 the labels of a target', labels: distroLabels, distro: { name: 'debian', version: '12' } },
  { row: 'TGT-09 the bionic stack', labels: bionic, distro: { name: 'ubuntu', version: '18.04' } },
  { row: 'TGT-09 both', labels: { ...bionic, ...distroLabels }, distro: { name: 'debian', version: '12' } },
  { row: 'TGT-09 another stack', labels: { 'io.buildpacks.stack.id': 'io.buildpacks.stacks.jammy' }, distro: {} },
  { row: 'no labels', labels: {}, distro: {} },
])('labelledDistro() $row', ({ labels, distro }) => {
  expect(labelledDistro(labels)).toEqual(distro);
});
