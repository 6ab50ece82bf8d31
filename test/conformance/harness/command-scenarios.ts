import { registryName } from './registry.ts';
import { runImageName } from './run-image.ts';
import type { Scenario, ScenarioRebase, ScenarioRunImage } from './scenario.ts';

const app = '/tsbuildpack/launcher/prebuilt/linux-amd64';
const output = ['--isolation', 'mapped', '--output', `docker://${registryName}/app`];
const run = `docker://${registryName}/${runImageName}`;
const layout = 'oci:/elsewhere/base';

/** The harness's base in a newer version. */
const newer: ScenarioRunImage = {
  layer: 'newer',
  labels: {
    'io.buildpacks.base.distro.name': 'conformance',
    'io.buildpacks.base.distro.version': '1',
    'io.buildpacks.base.id': 'new.id',
  },
};
/** Another name than that of the base has to be forced, once. */
const rebases: readonly ScenarioRebase[] = [
  { onto: newer, flags: ['-force', `-run-image=${registryName}/new`, `${registryName}/app`] },
  { onto: { ...newer, layer: 'newest' }, flags: [`-run-image=${registryName}/new`, `${registryName}/app`] },
];

/** Images that `tsbuildpack build` makes, for the rebasers of both sides. They hold our version, so there is nothing to record. */
export const commandScenarios: readonly Scenario[] = [
  {
    name: 'tsbuildpack build on a base in a registry',
    rows: ['RBS-06', 'RBS-08', 'RBS-09', 'RBS-10', 'RBS-12'],
    registry: true,
    buildpacks: [],
    order: [],
    commands: [['build', app, '--run-image', run, ...output]],
    rebases,
  },
  {
    name: 'tsbuildpack build on a base in a layout',
    rows: ['RBS-06', 'RBS-07', 'RBS-08', 'RBS-09', 'RBS-10', 'RBS-12'],
    registry: true,
    buildpacks: [],
    order: [],
    commands: [
      ['copy', run, layout],
      ['build', app, '--run-image', layout, ...output],
    ],
    rebases,
  },
];
