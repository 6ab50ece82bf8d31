import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltLayer } from '../buildpack/buildpack.ts';
import type { BuildPaths, PathPair } from '../environment/build-environment.ts';
import { showPath } from '../fs/byte-path.ts';
import { readElf } from '../fs/elf-reader.ts';
import { walk } from '../fs/walk.ts';
import { imageFiles, type ImageFiles, type ImageNode } from '../stack/image-files.ts';
import { libraryFacts } from '../stack/layer-scan.ts';

/** Where a file of the image is now; undefined for one that the build did not make. */
export function hostPathOf(imagePath: string, { app, layers }: Pick<BuildPaths, 'app' | 'layers'>): string | undefined {
  const inside = [app, layers].find(({ image }) => imagePath.startsWith(`${image}/`));
  return inside && join(inside.host, imagePath.slice(inside.image.length));
}

/** The libraries in these layers, by their path in the image, for who looks for what a program needs. */
export async function builtLibraries(
  layers: readonly Pick<BuiltLayer, 'path'>[],
  place: PathPair,
): Promise<ImageFiles> {
  const nodes = new Map<string, ImageNode>();
  for (const layer of layers) {
    for (const { path, stats } of walk(layer.path)) {
      const name = showPath(path);
      // Programs are asked about one by one; only what they may load is needed here.
      if (!/\.so(\.|$)/.test(name)) continue;
      const inImage = join(place.image, name.slice(place.host.length));
      if (stats.isSymbolicLink()) nodes.set(inImage, { type: 'symlink', target: readlinkSync(name) });
      if (stats.isFile()) nodes.set(inImage, await libraryNode(name));
    }
  }
  return imageFiles(nodes);
}

async function libraryNode(path: string): Promise<ImageNode> {
  const parsed = await readElf(path);
  return { type: 'file', ...(parsed.result === 'elf' && { elf: libraryFacts(parsed.elf) }) };
}
