import type { CacheMetadata } from '../cnb/cache-metadata.ts';
import type { Layer } from '../layer/layer.ts';

/** Layers that are kept between builds as archives, where others can use them too: a directory, an image. */
export interface LayerCache {
  /** What the last build kept; nothing when there was none or it cannot be read. */
  metadata(): Promise<CacheMetadata>;
  /** A kept layer by its diff ID; undefined when it is not there. Its bytes are verified when they are read. */
  layer(diffId: string): Promise<Layer | undefined>;
  /** Whether a kept layer still has the bytes of its diff ID, so that it need not be written again. */
  intact(diffId: string): Promise<boolean>;
  /** Keeps these layers and forgets all others, at once or not at all. */
  commit(metadata: CacheMetadata, layers: readonly CachedArchive[]): Promise<void>;
}

export interface CachedArchive {
  readonly layer: Layer;
  /** For the history of an image. */
  readonly createdBy: string;
}
