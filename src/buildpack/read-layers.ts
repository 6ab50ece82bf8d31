import { lstatSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { parseLayerMetadata } from '../cnb/layer-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { BuiltLayer } from './buildpack.ts';
import type { ChildFiles } from './child-files.ts';

// Documents of the buildpack that stand beside its layers (LYR-06).
const documents = new Set(['launch', 'build', 'store']);

/**
 * The layers that a buildpack left in its directory: those with a `<layer>.toml`, in the order of these files' names.
 * Throws BUILD_OUTPUT_INVALID when one cannot be used.
 */
export function readLayers(dir: string, files: ChildFiles): readonly BuiltLayer[] {
  return (files.list(dir) ?? [])
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.toml'))
    .map((entry) => entry.name)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap((file) => {
      const bytes = files.read(join(dir, file));
      // A link to nothing is no file.
      if (bytes === undefined) return [];
      const layer = parseLayerMetadata(bytes, join(dir, file));
      const name = file.slice(0, -'.toml'.length);
      const path = join(dir, name);
      if (documents.has(name) || name === '') return [];
      if (!isLayerName(name)) throw unusable(join(dir, file));
      return [{ name, ...layer, path, hasDirectory: lstatSync(path, { throwIfNoEntry: false }) !== undefined }];
    });
}

/** With the file `...toml` the layers of every buildpack would be a layer of one, and the cache would write beside its directory. */
export function isLayerName(name: string): boolean {
  return name !== '.' && name !== '..';
}

function unusable(file: string): TsbuildpackError {
  return new TsbuildpackError(
    'BUILD_OUTPUT_INVALID',
    `Cannot use layer "${file}": its name stands for another directory`,
  );
}

/** Directories of layers that are for nothing are renamed to `<layer>.ignore` (LYR-04). Gives back the layers as they are then. */
export async function setAsideIgnoredLayers(layers: readonly BuiltLayer[]): Promise<readonly BuiltLayer[]> {
  const result: BuiltLayer[] = [];
  for (const layer of layers) {
    const ignored = !layer.launch && !layer.build && !layer.cache && layer.hasDirectory;
    if (ignored) {
      await removeTree(`${layer.path}.ignore`);
      renameSync(layer.path, `${layer.path}.ignore`);
    }
    result.push(ignored ? { ...layer, hasDirectory: false } : layer);
  }
  return result;
}
