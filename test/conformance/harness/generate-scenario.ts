import { withExtensions } from './generate-extensions.ts';
import { generateLayers, oddFiles } from './generate-layers.ts';
import { generateDocuments } from './generate-launch.ts';
import { generateDetect } from './generate-plan.ts';
import { Random } from './random.ts';
import type { FileSpec, OrderEntry, Scenario, ScenarioBuildpack } from './scenario.ts';

const ids = ['acme/one', 'two', 'Acme.Three/x', 'a-b/c-d', 'five/5'];
const apis = ['0.7', '0.8', '0.9', '0.10', '0.11', '0.12', '0.12', '0.12'];
// With a layout in place of a daemon or registry, which the reference has from 0.12 on.
const platformApis = ['0.12', '0.13', '0.14', '0.15', '0.15'];

/** A scenario that follows from its seed alone. */
export function generateScenario(seed: number): Scenario {
  return withExtensions(generateBuilds(seed), seed);
}

function generateBuilds(seed: number): Scenario {
  const random = new Random(seed);
  const components = random.times(1, 4, (index) => component(ids[index] ?? 'x', random));
  const inner = random.chance(0.25) ? [composite('all/together', components, random)] : [];
  const composites = random.chance(0.3) ? [...inner, composite('all/over', [...components, ...inner], random)] : inner;
  return {
    name: `seed ${seed}`,
    rows: [],
    platformApi: random.pick(platformApis),
    buildpacks: [...components, ...composites],
    order: random.times(1, 3, () => group([...components, ...composites], random)),
    app: application(random),
    env: Object.fromEntries(random.some(userVariables, 0.25)),
    lifecycleEnv: {
      ...(random.chance(0.1) && { SOURCE_DATE_EPOCH: random.pick(['0', '1700000000', '-5']) }),
      ...(random.chance(0.1) && { CNB_EXEC_ENV: random.pick(['test', 'production']) }),
    },
    flags: random.some(['-process-type=web', '-skip-restore', '-cache-dir=', '-tag=other:tag'], 0.04),
    ...(random.chance(0.15) && { runImage: { env: random.pick([[], ['PATH=/only', 'A=b=c', 'EMPTY=']]) } }),
  };
}

/** All of them fit, mostly; a buildpack for another machine fails its group. */
const targets = [
  '',
  '',
  '[[stacks]]\nid = "*"\n',
  '[[stacks]]\nid = "some.stack"\n',
  '[[targets]]\nos = "linux"\narch = "amd64"\n',
  '[[targets]]\nos = "linux"\n[[targets.distros]]\nname = "conformance"\nversion = "1"\n',
];

const userVariables: readonly (readonly [string, string])[] = [
  ['ONE', 'from user'],
  ['PATH', '/user/bin'],
  ['BP_SETTING', 'x\ny'],
  ['LIBRARY_PATH', '/user/lib'],
  ['lower.case', 'dotted'],
];

function component(id: string, random: Random): ScenarioBuildpack {
  const api = random.pick(apis);
  const layers = generateLayers(random);
  const changesApp = random.chance(0.3)
    ? `cd /workspace; mkdir -p made; cd made; ${random.pick(oddFiles)}; cd /workspace\n`
    : '';
  return {
    id,
    api,
    about: [
      `sbom-formats = ["application/vnd.cyclonedx+json", "application/spdx+json", "application/vnd.syft+json"]`,
      ...(random.chance(0.2) ? ['clear-env = true'] : []),
      ...(random.chance(0.3) ? [`homepage = "https://example.com/${id}"`] : []),
      ...(random.chance(0.3) ? ['name = "A name"'] : []),
    ].join('\n'),
    toml: random.pick(targets),
    detect: generateDetect(random),
    build: `${changesApp}${layers.script}\n${generateDocuments(random, api, layers.names)}${random.chance(0.02) ? '\nexit 9' : ''}`,
  };
}

function composite(id: string, components: readonly ScenarioBuildpack[], random: Random): ScenarioBuildpack {
  const groups = random.times(1, 2, () => group(components, random));
  const toml = groups
    .flatMap((entries) => [
      '[[order]]',
      ...entries.flatMap(({ id: name, optional }) => [
        '[[order.group]]',
        `id = "${name}"`,
        'version = "1.0.0"',
        `optional = ${optional === true}`,
      ]),
    ])
    .join('\n');
  return { id, toml };
}

function group(buildpacks: readonly ScenarioBuildpack[], random: Random): readonly OrderEntry[] {
  const chosen = random.some(buildpacks, 0.75);
  return (chosen.length > 0 ? chosen : buildpacks.slice(0, 1)).map(({ id }) => ({
    id,
    ...(random.chance(0.3) && { optional: true }),
  }));
}

function application(random: Random): Readonly<Record<string, FileSpec>> {
  return Object.fromEntries(random.some(Object.entries(applicationFiles), 0.4));
}

const applicationFiles: Readonly<Record<string, FileSpec>> = {
  'a.txt': 'a\n',
  'b.txt': { content: 'b\n', mode: 0o600 },
  'a-b/x': 'x',
  'a/x': 'x',
  'dir/one': 'one',
  'dir/sub/two': 'two',
  'dir/run': '#!/bin/sh\n',
  'link-to-dir': { link: 'dir' },
  'link dangling': { link: 'nowhere' },
  'empty/directory': { directory: true },
  'closed/file': 'closed',
  closed: { directory: true, mode: 0o700 },
  'ü/ö': 'ä',
  '.git/config': 'not hidden from a lifecycle',
};
