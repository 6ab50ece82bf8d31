import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerMetadata } from '../cnb/layer-metadata.ts';
import { parseLayerMetadata, writeLayerMetadata } from '../cnb/layer-metadata.ts';
import { parseLayerName } from '../cnb/layer-name.ts';
import type { PathPair } from '../environment/build-environment.ts';
import { TsbuildpackError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { EnvModification, LayerHandle, LayerOptions } from './api.ts';
import { canonicalJson } from './canonical-json.ts';
import { toBuildPaths, toImagePaths } from './map-paths.ts';
import { writeLayerEnv } from './write-layer-env.ts';

export interface LayersPlace {
  /** The buildpack's layers directory, where this process finds it. */
  readonly dir: string;
  /** Where it will be in the image. */
  readonly imageDir: string;
  /** What is elsewhere in the image. */
  readonly moved: readonly PathPair[];
  readonly onLayer?: (layer: LayerHandle) => void;
}

/** Under which the key of a layer's content is kept in its metadata. */
const keyName = 'tsbuildpack-key';

/** Marks a layer that a tool looks after itself: it is moved from build to build, also from one that failed. */
export const toolCacheName = 'tsbuildpack-tool-cache';

/** The `layer()` of a build: makes layers, or finds them as the last build left them. Writes `<layer>.toml` right away. */
export function keyedLayers(place: LayersPlace): (name: string, options: LayerOptions) => Promise<LayerHandle> {
  const made = new Set<string>();
  return async (text, options) => {
    const name = parseLayerName(text);
    if (made.has(name)) {
      throw new TsbuildpackError(
        'BUILD_OUTPUT_INVALID',
        `Cannot make layer "${name}": it was made before in this build`,
      );
    }
    made.add(name);
    const path = join(place.dir, name);
    const env = options.env ?? [];
    const key = options.key === undefined ? undefined : contentKey(options.key, env, place.moved);
    const found = stateOf({ path, key, options });
    if (found.state === 'empty') {
      await removeTree(path);
      mkdirSync(path);
      // Whatever the umask: it is part of the layer.
      chmodSync(path, 0o755);
    }
    if (found.state !== 'reused') {
      writeLayerEnv(
        path,
        env.map((change) => ({ ...change, value: toBuildPaths(change.value, place.moved) })),
      );
    }
    // Never through a link that somebody else has put there.
    rmSync(`${path}.toml`, { force: true });
    writeFileSync(`${path}.toml`, metadataFile(options, key), { flag: 'wx' });
    const handle = { name, path, imagePath: `${place.imageDir}/${name}`, ...found };
    place.onLayer?.(handle);
    return handle;
  };
}

function metadataFile(options: LayerOptions, key: string | undefined): string {
  const { launch = false, build = false, cache = false, toolCache = false } = options;
  const metadata = { ...(key !== undefined && { [keyName]: key }), ...(toolCache && { [toolCacheName]: true }) };
  return writeLayerMetadata({ launch, build, cache: cache || toolCache, metadata });
}

type Found = Pick<LayerHandle, 'state' | 'cause'>;

interface Question {
  readonly path: string;
  readonly key: string | undefined;
  readonly options: LayerOptions;
}

function stateOf({ path, key, options }: Question): Found {
  const present = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (options.toolCache === true) return present ? { state: 'restored' } : { state: 'empty', cause: 'new' };
  if (key === undefined) return { state: 'empty', cause: 'no-key' };
  const restored = restoredMetadata(`${path}.toml`);
  if (restored === undefined) return { state: 'empty', cause: 'new' };
  if (restored.metadata?.[keyName] !== key) return { state: 'empty', cause: 'key-changed' };
  if (present) return { state: 'restored' };
  // A launch layer without a directory is the previous image's; for one that is cached or needed by later buildpacks
  // the directory has to be there (LYR-08, LYR-09).
  const onlyLaunch = options.launch === true && options.cache !== true && options.build !== true;
  return onlyLaunch ? { state: 'reused' } : { state: 'empty', cause: 'not-cached' };
}

function restoredMetadata(file: string): LayerMetadata | undefined {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() === true
    ? parseLayerMetadata(readFileSync(file), file)
    : undefined;
}

/** The environment files are content too. Paths of this build would make the key another one in another directory. */
function contentKey(key: object, env: readonly EnvModification[], moved: readonly PathPair[]): string {
  const files = env.map((change) => ({ ...change, value: toImagePaths(change.value, moved) }));
  return createHash('sha256')
    .update(canonicalJson({ key, env: files }))
    .digest('hex');
}
