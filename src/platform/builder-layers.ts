import type { OperatorVariable } from '../cnb/builder-config.ts';
import type { Order } from '../cnb/order.ts';
import { writeOrderToml } from '../cnb/order-toml.ts';
import { writeRunToml, writeStackToml, type RunImageNames } from '../cnb/run-toml.ts';
import { writeSystemToml, type SystemDocument } from '../cnb/system-toml.ts';
import type { AppendedLayer } from '../image/edit-image.ts';
import { createLayer } from '../layer/create-layer.ts';
import { contentEntry, directoryEntry, type TarEntry } from '../layer/tar-entry.ts';
import type { BuildpackTools, FoundBuildpack } from './buildpack-tools.ts';

/** What a builder holds, resolved. */
export interface BuilderContents {
  readonly buildpacks: readonly FoundBuildpack[];
  /** With the version of every entry. */
  readonly order: Order;
  readonly system: SystemDocument;
}

interface Documents extends Pick<BuilderContents, 'order' | 'system'> {
  readonly runImages: readonly RunImageNames[];
  readonly buildEnv: readonly OperatorVariable[];
}

const root = { uid: 0, gid: 0 };

/** BLR-02 */
export async function directoriesLayer(
  user: { readonly uid: number; readonly gid: number },
  tools: BuildpackTools,
): Promise<AppendedLayer> {
  const own = ['/workspace', '/layers'].map((path) => directoryEntry(path, user));
  const roots = [
    '/cnb',
    '/cnb/buildpacks',
    '/cnb/extensions',
    '/platform',
    '/platform/env',
    '/cnb/build-config',
    '/cnb/build-config/env',
  ].map((path) => directoryEntry(path, root));
  return await layerOf([...own, ...roots], 'Builder directories', tools);
}

/** One small layer for each document, on top of everything else: who wants only these reads only these. */
export async function documentLayers(
  { order, system, runImages, buildEnv }: Documents,
  tools: BuildpackTools,
): Promise<readonly AppendedLayer[]> {
  const hasSystem = system.pre.length + system.post.length > 0;
  const files: readonly (readonly [string, string])[] = [
    ['order.toml', writeOrderToml({ order, extensions: [] })],
    ...(hasSystem ? [['system.toml', writeSystemToml(system)] as const] : []),
    ['stack.toml', writeStackToml(runImages[0])],
    ['run.toml', writeRunToml(runImages)],
  ];
  const layers: AppendedLayer[] = [];
  for (const [name, text] of files) {
    layers.push(await layerOf([contentEntry(`/cnb/${name}`, text, root)], `Builder document ${name}`, tools));
  }
  if (buildEnv.length === 0) return layers;
  return [...layers, await layerOf(environmentEntries(buildEnv), 'Builder environment', tools)];
}

function environmentEntries(variables: readonly OperatorVariable[]): readonly TarEntry[] {
  const files = variables.flatMap(({ name, value, suffix, delimiter }): readonly (readonly [string, string])[] => [
    [suffix === '' ? name : `${name}.${suffix}`, value],
    ...(delimiter === undefined ? [] : [[`${name}.delim`, delimiter] as const]),
  ]);
  return [...new Map(files)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => contentEntry(`/cnb/build-config/env/${name}`, text, root));
}

export async function layerOf(
  entries: Iterable<TarEntry>,
  name: string,
  { store, surroundings: { report, signal } }: BuildpackTools,
): Promise<AppendedLayer> {
  return { layer: await createLayer(entries, { sink: store.blobs, name, report, signal }), createdBy: name };
}
