import { createHash } from 'node:crypto';
import type { Report } from '../events.ts';
import { packageVersion } from '../fs/package-root.ts';
import { editImage } from '../image/edit-image.ts';
import type { Image } from '../image/image.ts';
import { scratchImage } from '../image/scratch.ts';
import { compressionId } from '../layer/compressor.ts';
import { createLayer } from '../layer/create-layer.ts';
import type { Layer } from '../layer/layer.ts';
import type { TarEntry } from '../layer/tar-entry.ts';
import type { Platform } from '../oci/platform.ts';
import type { Store } from '../store/store.ts';
import { packageSetId, type PackageFacts } from './package-facts.ts';
import { stackConfig } from './stack-config.ts';
import { partEntries } from './stack-entries.ts';
import { partAt, type StackHalf } from './stack-half.ts';

export interface StackImageOptions {
  readonly platform: Platform;
  readonly store: Pick<Store, 'blobs' | 'layers'>;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** The same time for every image, as the reference lifecycle has it. */
const created = '1980-01-01T00:00:01Z';

/** The packages of each part, bottom first. */
export type PartPackages = readonly (readonly PackageFacts[])[];

/** Puts the image of a half together. Equal stacks and packages give equal digests on any machine. */
export function stackImage(
  half: StackHalf,
  { layers, packages, platform }: { layers: readonly Layer[]; packages: PartPackages; platform: Platform },
): Image {
  return editImage(scratchImage(platform), {
    created,
    layers: layers.map((layer, index) => {
      const part = half.parts[index];
      const makes =
        part === undefined ? half.stack.name : `${part.stack.name}${part.half === 'build' ? ' (build)' : ''}`;
      return { layer, createdBy: `tsbuildpack stack ${makes}` };
    }),
    config: () => stackConfig(half, sortedPackages(packages)),
  });
}

export function sortedPackages(packages: PartPackages): readonly PackageFacts[] {
  return packages.flat().toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The layer of a part where it was made before and still is. */
export async function knownLayer(
  key: string,
  { blobs, layers }: StackImageOptions['store'],
): Promise<Layer | undefined> {
  const known = await layers.lookup(key);
  return known && blobs.layer(known);
}

/** What decides about the bytes of the layer at `index`: the parts up to there, their packages, and the version that makes them. */
export function layerKey(half: StackHalf, index: number, packages: PartPackages): string {
  const sum = createHash('sha256').update(packageVersion());
  for (const [at, part] of half.parts.slice(0, index + 1).entries())
    sum.update(`\n${part.stack.digest} ${part.half} ${part.uid} ${packageSetId(packages[at] ?? [])}`);
  return `stack ${sum.digest('hex')} ${compressionId('gzip')}`;
}

export interface LayerParts {
  readonly key: string;
  readonly half: StackHalf;
  readonly index: number;
  /** Of its packages. */
  readonly entries?: readonly TarEntry[];
}

/** Makes the layer of a part, and remembers it by its key. */
export async function makeStackLayer(parts: LayerParts, options: StackImageOptions): Promise<Layer> {
  const { key, half, index, entries } = parts;
  const { store, report, signal } = options;
  const part = partAt(half, index);
  const all = partEntries(part, { below: half.parts.slice(0, index), ...(entries && { packages: entries }) });
  const made = await createLayer(all, { sink: store.blobs, name: `stack ${part.stack.name}`, report, signal });
  const { diffId, digest, mediaType, sizeBytes } = made;
  await store.layers.remember(key, { diffId, digest, mediaType, sizeBytes });
  return store.blobs.layer(made);
}
