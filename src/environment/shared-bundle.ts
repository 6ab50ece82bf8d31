import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleSource, SettledBundleOptions } from './write-bundle.ts';
import { fillRootfs, writeConfig } from './write-bundle.ts';

/**
 * Unpacks an image into a directory that many containers share: with the owners of the image where the caller has their ids, so that it
 * may hold set-user-id programs of root and is closed to everybody else. Gives nothing; `sharedRootfs` says where the files are.
 */
export async function fillSharedRootfs(image: BundleSource, dir: string, options: SettledBundleOptions): Promise<void> {
  chmodSync(dir, 0o700);
  const rootfs = sharedRootfs(dir);
  mkdirSync(rootfs, { mode: 0o755 });
  await fillRootfs(image, rootfs, options);
}

export function sharedRootfs(dir: string): string {
  return join(dir, 'rootfs');
}

/** Who shares it: the same files for who has the same ids. */
export function sharedRootfsKey(
  image: Pick<BundleSource, 'layers'>,
  { ids }: Pick<SettledBundleOptions, 'ids'>,
): string {
  const mappings = ids.kind === 'host' ? [] : [ids.uids, ids.gids];
  const facts = JSON.stringify([ids.kind, mappings, image.layers.map(({ diffId }) => diffId)]);
  return `bundle-${createHash('sha256').update(facts).digest('hex').slice(0, 16)}`;
}

/** Writes a bundle whose root file system is the shared one, which `runBundle` starts in an overlay. */
export function writeSharedBundle(
  image: Pick<BundleSource, 'config'>,
  dir: string,
  { rootfs, ...options }: SettledBundleOptions & { readonly rootfs: string },
): void {
  mkdirSync(dir, { mode: 0o700 });
  symlinkSync(rootfs, join(dir, 'rootfs'));
  writeConfig(image, dir, options);
}
