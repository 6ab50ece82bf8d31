import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  cacheMetadataName,
  formatCacheMetadata,
  parseCacheMetadata,
  type CacheMetadata,
} from '../cnb/cache-metadata.ts';
import { TsbuildpackError } from '../errors.ts';
import { readRegularFile } from '../fs/read-regular-file.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import { decompressed } from '../layer/decompress.ts';
import type { Layer } from '../layer/layer.ts';
import { isDigest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { CachedArchive, LayerCache } from './layer-cache.ts';

/**
 * A cache in a directory, in the form of the reference lifecycle, so that both can use the same one: `committed/` holds uncompressed
 * archives by diff ID and the metadata; a new cache grows in `staging/` and takes its place by a rename (CAC-01 to CAC-05).
 * Throws INVALID_INPUT when the directory is not there.
 */
export async function cacheDirectory(dir: string): Promise<LayerCache> {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new TsbuildpackError('INVALID_INPUT', `Cannot use cache directory "${dir}": it is not there`, {
      hint: `mkdir -p ${dir}`,
    });
  }
  const places = {
    committed: join(dir, 'committed'),
    staging: join(dir, 'staging'),
    backup: join(dir, 'committed-backup'),
  };
  await removeTree(places.staging);
  // A build that died between its two renames left the last good cache there.
  if (!existsSync(places.committed) && existsSync(places.backup)) renameSync(places.backup, places.committed);
  await removeTree(places.backup);
  mkdirSync(places.committed, { recursive: true });
  mkdirSync(places.staging);
  return {
    metadata: () => Promise.resolve(readMetadata(places.committed)),
    layer: (diffId) => Promise.resolve(keptLayer(places.committed, diffId)),
    intact: (diffId) => isIntact(join(places.committed, `${diffId}.tar`), diffId),
    commit: (metadata, layers) => commit(metadata, layers, places),
  };
}

interface Places {
  readonly committed: string;
  readonly staging: string;
  readonly backup: string;
}

function readMetadata(committed: string): CacheMetadata {
  try {
    return parseCacheMetadata(Buffer.from(readRegularFile(join(committed, cacheMetadataName))).toString());
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return parseCacheMetadata(undefined);
    throw error;
  }
}

function keptLayer(committed: string, diffId: string): Layer | undefined {
  if (!isDigest(diffId)) return undefined;
  const file = join(committed, `${diffId}.tar`);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  const open = (): Promise<Readable> => Promise.resolve(createReadStream(file));
  return { mediaType: mediaTypes.ociLayer, digest: diffId, diffId, sizeBytes: stats.size, open };
}

async function commit(metadata: CacheMetadata, layers: readonly CachedArchive[], places: Places): Promise<void> {
  const { committed, staging, backup } = places;
  for (const { layer } of layers) await stage(layer, places);
  writeFileSync(join(staging, cacheMetadataName), `${formatCacheMetadata(metadata)}\n`);
  renameSync(committed, backup);
  try {
    renameSync(staging, committed);
  } catch (error) {
    renameSync(backup, committed);
    throw error;
  }
  await removeTree(backup);
}

async function stage(layer: Layer, { committed, staging }: Places): Promise<void> {
  const name = `${layer.diffId}.tar`;
  const staged = join(staging, name);
  if (existsSync(staged)) return;
  const kept = join(committed, name);
  // What is the same already costs nothing, unless something happened to it (CAC-05, CAC-12).
  if (await isIntact(kept, layer.diffId)) linkSync(kept, staged);
  else await pipeline(Readable.from(decompressed(await layer.open())), createWriteStream(staged, { flags: 'wx' }));
}

async function isIntact(file: string, diffId: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}` === diffId;
}
