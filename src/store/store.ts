import type { Blobs } from './blobs.ts';
import type { CacheInfo } from './cache-info.ts';
import type { StoredDocument } from './documents.ts';
import type { KeptDirectories } from './kept-directories.ts';
import type { LayerRecords } from './layer-records.ts';
import type { PruneOptions, PruneResult } from './prune.ts';
import type { Resolutions } from './resolutions.ts';
import type { OpenScopeOptions, Scope, ScopeKey } from './scope.ts';
import type { StoredImages } from './stored-images.ts';
import type { VerifyResult } from './verify-blobs.ts';

/**
 * One directory that holds everything tsbuildpack keeps between builds. Named images are roots; everything else may be deleted at any
 * time and only costs time. Safe for several builds and a prune at once: what a build has used since it opened the store stays until
 * it closes it. Every member throws DISK_FULL and STORE_UNUSABLE.
 */
export interface Store {
  /** Absolute. */
  readonly dir: string;
  readonly blobs: Blobs;
  readonly images: StoredImages;
  /** Layers that do not belong to a scope: those of our own stacks. */
  readonly layers: LayerRecords;
  /** What floats for everybody alike: a tag of a registry. */
  readonly resolutions: Resolutions;
  /** Toolchains, shared by all builds. */
  readonly toolchains: KeptDirectories;
  /** Root file systems, shared by all builds. */
  readonly rootfs: KeptDirectories;
  /** A document of the caller's, by name. */
  document(name: string): StoredDocument;
  /** A new, empty, private directory on the file system of the store. If the process dies, a later one removes it. */
  temporaryDirectory(): Promise<TemporaryDirectory>;
  /** Takes the scope for this build alone; waits while another build has it, and says so. */
  scope(key: ScopeKey, options?: OpenScopeOptions): Promise<Scope>;
  info(): Promise<CacheInfo>;
  /** Reads and hashes every blob; corrupt ones are removed. */
  verify(): Promise<VerifyResult>;
  prune(options?: PruneOptions): Promise<PruneResult>;
  /** Ends the use. The end of the process does the same. */
  close(): void;
}

export interface TemporaryDirectory {
  readonly path: string;
  remove(): Promise<void>;
}
