import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { copyTree } from '../fs/copy-tree.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { systemErrorCode } from '../fs/system-error.ts';
import { hashOf, parseStored } from './documents.ts';
import { moveTree } from './move-tree.ts';
import { inStore } from './store-error.ts';

/** A layer directory that a buildpack wants back in the next build of the same scope. */
export interface CachedLayer {
  readonly buildpack: string;
  readonly name: string;
  /** What the caller wants to know of it again: any text. */
  readonly metadata: string;
}

export interface LayerToCache extends CachedLayer {
  /** The directory to keep; absent when the one that is there already stays and only the metadata is new. */
  readonly from?: string;
  /** `move` takes the directory away from where it was. @default 'copy' */
  readonly by?: 'copy' | 'move';
}

export interface CachedLayers {
  list(): Promise<readonly CachedLayer[]>;
  /**
   * Puts a cached directory at `to`, which must not be there (its parent is made). `move` takes it out of the cache, for a tool's own
   * cache that is big and harmless when half-used: give it back with `put`. False when it is not there.
   */
  restore(layer: Pick<CachedLayer, 'buildpack' | 'name'>, to: string, by: 'copy' | 'move'): Promise<boolean>;
  /** Keeps one layer in place of what was there: directory and metadata change together. */
  put(layer: LayerToCache): Promise<void>;
  /** After a build that succeeded: keeps these layers and forgets all others. */
  replaceAll(layers: readonly LayerToCache[]): Promise<void>;
  remove(layer: Pick<CachedLayer, 'buildpack' | 'name'>): Promise<void>;
}

export interface CachedLayersParts {
  readonly store: string;
  readonly dir: string;
  /** A path on the same file system that nobody uses; its parent is there. */
  readonly temporaryPath: () => string;
}

const schema = v.object({ buildpack: v.string(), name: v.string(), metadata: v.string() });
const contentName = 'content';
const metadataName = 'layer.json';

/** One directory a layer, which holds content and metadata, so that one rename changes both. The scope's lock keeps other builds out. */
export class CachedLayerDirectory implements CachedLayers {
  readonly #store: string;
  readonly #dir: string;
  readonly #temporaryPath: () => string;

  constructor({ store, dir, temporaryPath }: CachedLayersParts) {
    this.#store = store;
    this.#dir = dir;
    this.#temporaryPath = temporaryPath;
  }

  async list(): Promise<readonly CachedLayer[]> {
    return namesIn(this.#dir)
      .map((name) => readMetadata(join(this.#dir, name)))
      .filter((layer) => layer !== undefined);
  }

  async restore(layer: Pick<CachedLayer, 'buildpack' | 'name'>, to: string, by: 'copy' | 'move'): Promise<boolean> {
    return await inStore(this.#store, async () => {
      const content = join(this.#unit(layer), contentName);
      if (!existsSync(content)) return false;
      mkdirSync(dirname(to), { recursive: true });
      await (by === 'move' ? moveTree(content, to) : copyTree(content, to));
      return true;
    });
  }

  async put(layer: LayerToCache): Promise<void> {
    await inStore(this.#store, async () => {
      const unit = this.#unit(layer);
      const made = this.#temporaryPath();
      mkdirSync(made);
      try {
        await this.#fill(made, layer);
        await this.#swap(made, unit);
      } catch (error) {
        await removeTree(made);
        throw error;
      }
    });
  }

  async replaceAll(layers: readonly LayerToCache[]): Promise<void> {
    for (const layer of layers) await this.put(layer);
    const kept = new Set(layers.map((layer) => unitName(layer)));
    await inStore(this.#store, async () => {
      for (const name of namesIn(this.#dir)) if (!kept.has(name)) await this.#removeUnit(join(this.#dir, name));
    });
  }

  async remove(layer: Pick<CachedLayer, 'buildpack' | 'name'>): Promise<void> {
    await inStore(this.#store, async () => await this.#removeUnit(this.#unit(layer)));
  }

  async #fill(made: string, { from, by = 'copy', buildpack, name, metadata }: LayerToCache): Promise<void> {
    const content = join(made, contentName);
    const old = join(this.#unit({ buildpack, name }), contentName);
    if (from !== undefined) await (by === 'move' ? moveTree(from, content) : copyTree(from, content));
    else if (existsSync(old)) renameSync(old, content);
    writeFileSync(join(made, metadataName), JSON.stringify({ buildpack, name, metadata }));
  }

  async #swap(made: string, unit: string): Promise<void> {
    mkdirSync(this.#dir, { recursive: true });
    await this.#removeUnit(unit);
    renameSync(made, unit);
  }

  /** Out of sight at once; what takes long happens outside. */
  async #removeUnit(unit: string): Promise<void> {
    if (!existsSync(unit)) return;
    const trash = this.#temporaryPath();
    renameSync(unit, trash);
    await removeTree(trash);
  }

  #unit(layer: Pick<CachedLayer, 'buildpack' | 'name'>): string {
    return join(this.#dir, unitName(layer));
  }
}

function unitName({ buildpack, name }: Pick<CachedLayer, 'buildpack' | 'name'>): string {
  return hashOf(`${buildpack}\0${name}`).slice(0, 32);
}

/** Both or neither: a directory whose metadata cannot be read counts as absent. */
function readMetadata(unit: string): CachedLayer | undefined {
  try {
    const found = v.safeParse(schema, parseStored(readFileSync(join(unit, metadataName))));
    return found.success && existsSync(join(unit, contentName)) ? found.output : undefined;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).toSorted();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
