import { mkdirSync } from 'node:fs';
import type { Report } from '../events.ts';
import { removeTree as removeOwnTree } from '../fs/remove-tree.ts';
import { BlobDirectory } from './blob-directory.ts';
import { cacheInfo } from './cache-info.ts';
import { storedDocument } from './documents.ts';
import { ImageDirectory } from './image-directory.ts';
import { keptDirectories } from './kept-directories.ts';
import { layerRecordsIn } from './layer-records.ts';
import { prune } from './prune.ts';
import { resolutionsIn } from './resolutions.ts';
import { openScope } from './scope.ts';
import { type RemoveTree, Session, sweepDeadSessions } from './sessions.ts';
import { inStore } from './store-error.ts';
import { prepareLayout, storeLayout } from './store-layout.ts';
import type { Store } from './store.ts';
import { UseTimes } from './use-times.ts';
import { verifyBlobs } from './verify-blobs.ts';

export interface OpenStoreOptions {
  readonly report: Report;
  /** Our own clock. @default the system's */
  readonly now?: () => Date;
  /** Removes a directory of the store; for stores in which root file systems have files of several users. @default `removeTree` */
  readonly removeTree?: RemoveTree;
}

/** Opens the store in a directory, which is made if it is not there. Throws STORE_UNUSABLE, DISK_FULL. */
export async function openStore(path: string, options: OpenStoreOptions): Promise<Store> {
  const { report, now = (): Date => new Date(), removeTree = removeOwnTree } = options;
  const layout = storeLayout(path);
  const session = await inStore(layout.dir, async () => {
    await prepareLayout(layout);
    await sweepDeadSessions(layout, removeTree);
    return await Session.start(layout, now);
  });
  const uses = new UseTimes(layout, now);
  const blobs = new BlobDirectory({ layout, session, uses, report });
  const images = new ImageDirectory({ layout, blobs, uses, now });
  const parts = { layout, session, uses, blobs, images, now, report, removeTree };
  const documents = { store: layout.dir, dir: layout.fingerprints, now };
  return {
    dir: layout.dir,
    blobs,
    images,
    layers: layerRecordsIn(documents, blobs),
    resolutions: resolutionsIn({ ...documents, dir: layout.resolutions }),
    toolchains: keptDirectories({ ...parts, kind: 'toolchains' }),
    rootfs: keptDirectories({ ...parts, kind: 'rootfs' }),
    document: (name) => storedDocument(`document ${name}`, documents),
    temporaryDirectory: async () =>
      await inStore(layout.dir, async () => {
        const made = session.temporaryPath();
        mkdirSync(made);
        return { path: made, remove: async () => await removeTree(made) };
      }),
    scope: async (key, scopeOptions = {}) => await openScope(key, scopeOptions, parts),
    info: async () => await inStore(layout.dir, async () => await cacheInfo(parts)),
    verify: async () => await inStore(layout.dir, async () => await verifyBlobs(blobs, report)),
    prune: async (pruneOptions = {}) => await inStore(layout.dir, async () => await prune(pruneOptions, parts)),
    close: () => session.end(),
  };
}
