import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { detectHost } from '../environment/detect-host.ts';
import { startsHere, type Starts } from '../environment/foreign-programs.ts';
import type { IdMapping } from '../environment/id-mapping.ts';
import { findIdMapping } from '../environment/id-mapping.ts';
import { makeOverlay, overlayFailure, type Overlay } from '../environment/overlay.ts';
import { removeOwnedTree } from '../environment/remove-owned-tree.ts';
import type { RunBundleOptions } from '../environment/run-bundle.ts';
import { runBundle } from '../environment/run-bundle.ts';
import { fillSharedRootfs, sharedRootfs, sharedRootfsKey, writeSharedBundle } from '../environment/shared-bundle.ts';
import { usableIdMapping } from '../environment/usable-id-mapping.ts';
import { writeBundle } from '../environment/write-bundle.ts';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { Image } from '../image/image.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { runsOn } from '../oci/select-platform.ts';
import type { Store } from '../store/store.ts';

export type StartImageOptions = Pick<RunBundleOptions, 'network' | 'args' | 'env' | 'process'>;

export interface StartImageDeps {
  readonly store: Store;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** From then on Ctrl-C is for the container. */
  readonly releaseSignals: () => void;
}

/**
 * Starts an image in a container and gives its exit status. Containers of one image share its root file system, unpacked once in the
 * store, with what each writes in an overlay of its own; where there are no overlays each gets a copy. Nothing is left but the shared one.
 * Throws COMMAND_NOT_EXECUTABLE for an image of another machine, and what running throws.
 */
export async function startImage(image: Image, options: StartImageOptions, deps: StartImageDeps): Promise<number> {
  const { store, report, signal } = deps;
  const { starts, refusal } = await startsImage(image);
  if (starts === 'no') throw refusal;
  const folder = await store.temporaryDirectory();
  const ids = await usableIdMapping(findIdMapping());
  const container: Container = { image, ids, dir: folder.path, options: { ...options, terminal: isTerminal() }, deps };
  try {
    const failure = await overlayFailure(folder.path, ids, signal);
    if (failure !== undefined) report({ type: 'debug', message: `Copying the root file system: ${failure}` });
    const shared = failure === undefined ? await startShared(container) : undefined;
    const status = shared ?? (await startCopy(container));
    if (status === 126 && starts === 'unknown') throw refusal;
    return status;
  } finally {
    await removeOwnedTree(folder.path, ids);
    await folder.remove();
  }
}

/** Whether the image's programs can start here, and the error for the case that they do not. */
async function startsImage({
  config,
}: Image): Promise<{ readonly starts: Starts; readonly refusal: TsbuildpackError }> {
  const { arch } = await detectHost();
  const here: Platform = { os: 'linux', architecture: arch };
  const platform: Platform = { os: config.os, architecture: config.architecture };
  const refusal = new TsbuildpackError(
    'COMMAND_NOT_EXECUTABLE',
    `Cannot start the image: it is for ${formatPlatform(platform)}, and this machine runs ${formatPlatform(here)}`,
    {
      hint: `Build it with --platform ${formatPlatform(here)}, or have the kernel start foreign programs with QEMU (binfmt_misc; in Debian and Ubuntu: apt-get install qemu-user-static)`,
    },
  );
  if (runsOn(platform, here)) return { starts: 'yes', refusal };
  return { starts: config.os === 'linux' ? startsHere(config.architecture, { host: arch }) : 'no', refusal };
}

interface Container {
  readonly image: Image;
  readonly ids: IdMapping;
  /** A private directory for this container alone. */
  readonly dir: string;
  readonly options: StartImageOptions & { readonly terminal: boolean };
  readonly deps: StartImageDeps;
}

/** Undefined when no runtime works in an overlay. */
async function startShared({ image, ids, dir, options, deps }: Container): Promise<number | undefined> {
  const { store, report, signal, releaseSignals } = deps;
  const settings = { ...options, ids, report, signal };
  const fill = (kept: string): Promise<void> => fillSharedRootfs(image, kept, settings);
  const rootfs = sharedRootfs(await store.rootfs.ensure(sharedRootfsKey(image, settings), fill, { signal }));
  const bundle = join(dir, 'bundle');
  writeSharedBundle(image, bundle, { ...settings, rootfs });
  const overlay: Overlay = { dir: join(dir, 'overlay'), lower: rootfs, ids };
  mkdirSync(overlay.dir);
  makeOverlay(overlay);
  releaseSignals();
  try {
    return await runBundle(bundle, { ...options, report, overlay });
  } catch (error) {
    if (!(error instanceof TsbuildpackError) || error.code !== 'RUNTIME_UNAVAILABLE') throw error;
    report({ type: 'debug', message: 'Copying the root file system: no runtime works in an overlay' });
    return undefined;
  }
}

async function startCopy({ image, ids, dir, options, deps }: Container): Promise<number> {
  const { report, signal, releaseSignals } = deps;
  const bundle = join(dir, 'copy');
  await writeBundle(image, bundle, { ...options, ids, report, signal });
  releaseSignals();
  return await runBundle(bundle, { ...options, report });
}

function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}
