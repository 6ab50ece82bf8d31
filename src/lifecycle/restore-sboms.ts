import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { escapeBuildpackId } from '../cnb/buildpack-id.ts';
import type { LifecycleMetadata } from '../cnb/lifecycle-metadata.ts';
import type { PathPair } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Image } from '../image/image.ts';
import { extractBelow } from './restorable-cache.ts';

/** Puts the SBOM files of the previous image at `<layers>/sbom/launch`, from where the restore phase takes them (SBM-13). */
export async function fetchPreviousSboms(
  previous: { readonly image: Image; readonly metadata: LifecycleMetadata } | undefined,
  layers: PathPair,
  { report, signal }: { readonly report: Report; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const sha = previous?.metadata.sbom?.sha;
  const layer = previous?.image.layers.find(({ diffId }) => diffId === sha);
  if (layer === undefined) return;
  try {
    await extractBelow(layer, 'sbom/launch', { layers, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TsbuildpackError)) throw error;
    report({ type: 'warning', message: `Building without the SBOM files of the previous image: ${error.message}` });
  }
}

/**
 * Copies SBOM files of layers, and of layers only, from `<layers>/sbom/{cache,launch}` to where their buildpacks look for them, then removes
 * `<layers>/sbom` (SBM-12, SBM-14). Those of the image come last: they are newer.
 */
export async function restoreSbomFiles(layersDir: string, group: readonly string[]): Promise<void> {
  const root = join(layersDir, 'sbom');
  for (const tree of ['cache', 'launch']) {
    for (const id of group.map(escapeBuildpackId)) {
      const own = join(root, tree, id);
      // A buildpack without a directory had nothing restored.
      if (!existsSync(join(layersDir, id))) continue;
      for (const layer of directoriesIn(own)) copySboms(join(own, layer), join(layersDir, id, layer));
    }
  }
  await removeTree(root);
}

function copySboms(from: string, layer: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isFile() && /^sbom..*json$/.test(entry.name))
      copyFileSync(join(from, entry.name), `${layer}.${entry.name}`);
  }
}

function directoriesIn(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
