import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import type { Image } from '../../../src/image/image.ts';
import { layoutSink } from '../../../src/image/layout-place.ts';
import { removeTree } from '../../../src/fs/remove-tree.ts';
import { probeOf } from './probe.ts';
import { pushImage, registryName } from './registry.ts';
import { runImage, runImageName } from './run-image.ts';
import type { FileSpec, Scenario, ScenarioBuildpack, ScenarioExtension } from './scenario.ts';
import { defaultVersion } from './scenario.ts';
import { writeFiles } from './write-files.ts';

/** Where things are for both sides, at the root of a private mount namespace. */
export const places = {
  app: '/workspace',
  layers: '/layers',
  platform: '/platform',
  cnb: '/cnb',
  cache: '/cache',
  layout: '/layout',
  base: '/base',
  probe: '/probe',
  home: '/home/cnb',
  etc: '/etc',
  tmp: '/tmp',
  elsewhere: '/elsewhere',
} as const;

/** A machine as new: nothing of the scenario before is left. */
export async function prepareMachine(scenario: Scenario): Promise<void> {
  for (const place of Object.values(places)) await emptyDirectory(place);
  writeFiles(places.etc, {
    passwd: 'root:x:0:0:root:/root:/bin/sh\ncnb:x:1001:1000:cnb:/home/cnb:/bin/sh\n',
    group: 'root:x:0:\ncnb:x:1000:\n',
    'os-release': 'ID=conformance\nVERSION_ID=1\n',
  });
  const base = scenario.registry ? `${registryName}/${runImageName}` : runImageName;
  writeBuildpacks(scenario.buildpacks);
  writeExtensions(scenario.extensions ?? []);
  writeFiles(places.cnb, {
    'order.toml': stringify(orderOf(scenario)),
    'run.toml': scenario.runToml ?? stringify({ images: [{ image: base }] }),
    'stack.toml': stringify({ 'run-image': { image: base } }),
  });
  writeFiles('/', persistentFiles(scenario));
  const images = Object.entries({ ...scenario.moreImages, [runImageName]: scenario.runImage ?? {} });
  for (const [name, image] of images) await placeImage(name, await runImage(image), scenario);
}

async function placeImage(name: string, image: Image, { registry }: Scenario): Promise<void> {
  const directory = join(places.layout, 'index.docker.io', 'library', name, 'latest');
  if (registry) await pushImage(name, image);
  else await layoutSink({ directory }).write(image, { report: () => {} });
}

function orderOf({ order, extensions = [], extensionsOrder }: Scenario): Record<string, unknown> {
  const groups = (list: Scenario['order']): readonly object[] =>
    list.map((group) => ({ group: group.map(orderEntry) }));
  const all = extensionsOrder ?? (extensions.length > 0 ? [extensions] : []);
  return { order: groups(order), ...(all.length > 0 && { 'order-extensions': groups(all) }) };
}

/** Application, platform and layers of one build; cache, images and the rest stay. */
export async function prepareBuild(scenario: Scenario, isChanged: boolean): Promise<void> {
  for (const place of [places.app, places.layers, places.platform, places.probe, places.tmp, places.home]) {
    await emptyDirectory(place);
  }
  writeFiles(places.app, scenario.app ?? {});
  if (isChanged) writeFiles(places.app, scenario.change ?? { changed: 'changed\n' });
  mkdirSync(join(places.platform, 'env'));
  writeFiles(join(places.platform, 'env'), scenario.env ?? {});
  writeFiles('/', Object.fromEntries(Object.entries(scenario.files ?? {}).filter(([path]) => isOfBuild(path))));
}

function persistentFiles({ files = {} }: Scenario): Readonly<Record<string, FileSpec>> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !isOfBuild(path)));
}

function isOfBuild(path: string): boolean {
  return [places.layers, places.platform, places.app].some((place) => path.startsWith(`${place}/`));
}

function orderEntry({ id, version = defaultVersion, optional }: Scenario['order'][number][number]): object {
  return { id, version, ...(optional && { optional }) };
}

function writeBuildpacks(buildpacks: readonly ScenarioBuildpack[]): void {
  for (const buildpack of buildpacks) writeFiles(buildpackDirectory(buildpack), buildpackFiles(buildpack));
}

function writeExtensions(extensions: readonly ScenarioExtension[]): void {
  for (const extension of extensions) {
    const { id, version = defaultVersion, api = '0.12', about = '', toml = '', files = {}, ...programs } = extension;
    const { detect = '', generate = '' } = programs;
    writeFiles(join(places.cnb, 'extensions', id.replaceAll('/', '_'), version), {
      'extension.toml': `api = "${api}"\n[extension]\nid = "${id}"\nversion = "${version}"\n${about}\n${toml}\n`,
      'bin/detect': `${probeOf(extension, 'detect')}${detect}\n`,
      ...(generate !== false && { 'bin/generate': `${probeOf(extension, 'generate')}${generate}\n` }),
      ...files,
    });
  }
}

function buildpackDirectory({ id, version = defaultVersion }: ScenarioBuildpack): string {
  return join(places.cnb, 'buildpacks', id.replaceAll('/', '_'), version);
}

function buildpackFiles(buildpack: ScenarioBuildpack): Readonly<Record<string, FileSpec | null>> {
  const { id, version = defaultVersion, api = '0.12', about = '', toml = '', files = {} } = buildpack;
  const { detect = '', build = '' } = buildpack;
  const descriptor = `api = "${api}"\n[buildpack]\nid = "${id}"\nversion = "${version}"\n${about}\n${toml}\n`;
  const programs = toml.includes('[[order')
    ? {}
    : {
        'bin/detect': `${probeOf(buildpack, 'detect')}${detect}\n`,
        'bin/build': `${probeOf(buildpack, 'build')}${build}\n`,
      };
  return { 'buildpack.toml': descriptor, ...programs, ...files };
}

export async function emptyDirectory(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  for (const name of readdirSync(path)) await removeTree(join(path, name));
}
