import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import { temporaryName } from '../fs/atomic-file.ts';
import { showPath } from '../fs/byte-path.ts';
import { writeError } from '../fs/system-error.ts';
import { extractLayers } from '../layer/extract.ts';
import type { Layer } from '../layer/layer.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Network } from './bundle-config.ts';
import { bundleConfig, entrypointAnnotation } from './bundle-config.ts';
import type { IdMapping } from './id-mapping.ts';
import { findIdMapping } from './id-mapping.ts';
import { resolveImageUser } from './image-user.ts';
import { readInRoot } from './read-in-root.ts';
import { removeOwnedTree } from './remove-owned-tree.ts';
import { ExtractedOwners, shiftOwners } from './shift-owners.ts';
import { usableIdMapping } from './usable-id-mapping.ts';

/** What a bundle is made of; an image has it. */
export interface BundleSource {
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

export interface WriteBundleOptions {
  readonly report: Report;
  /** @default 'host' */
  readonly network?: Network;
  readonly hostname?: string;
  /** Whether the runtime makes a terminal. @default false */
  readonly terminal?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** @default what the caller has: `findIdMapping` */
  readonly ids?: IdMapping;
}

/**
 * Writes a directory that `runc run -b DIR NAME` starts at once for who wrote it: as root with the owners of the image; as a user in a
 * user namespace, with his id ranges if he has some. An earlier bundle of ours in its place is replaced in one step.
 * Throws OUTPUT_FAILED when something else is there, RUN_FAILED when the image cannot be run, and what extraction throws.
 */
export async function writeBundle(image: BundleSource, dir: string, options: WriteBundleOptions): Promise<void> {
  const place = prepare(dir);
  const temporary = temporaryName(place);
  const ids = await usableIdMapping(options.ids ?? findIdMapping());
  try {
    mkdirSync(temporary, { mode: 0o700 });
    const rootfs = join(temporary, 'rootfs');
    mkdirSync(rootfs, { mode: 0o755 });
    await fillRootfs(image, rootfs, { ...options, ids });
    writeConfig(image, temporary, { ...options, ids });
    await putInPlace(temporary, place, ids);
  } catch (error) {
    await removeOwnedTree(temporary, ids);
    throw writeError(error, `Cannot write the bundle "${dir}"`);
  }
}

export type SettledBundleOptions = WriteBundleOptions & { readonly ids: IdMapping };

/** Unpacks an image for the runtime: with its owners, as far as the caller has their ids. */
export async function fillRootfs(
  { layers }: BundleSource,
  rootfs: string,
  { ids, report, signal }: SettledBundleOptions,
): Promise<void> {
  const owners = new ExtractedOwners();
  const leftOut: string[] = [];
  const isRoot = ids.kind === 'host';
  await extractLayers(layers, rootfs, {
    owner: isRoot ? 'archive' : 'caller',
    setid: isRoot ? 'keep' : 'drop',
    signal,
    onLeftOut: (path, what) => leftOut.push(`${showPath(path)} (${what})`),
    ...(ids.kind === 'ranges' ? { onWritten: (path, entry) => owners.add(path, entry) } : {}),
  });
  tellLeftOut(leftOut, report);
  if (ids.kind === 'single') {
    report({
      type: 'info',
      message: `All files of the bundle are yours and it runs as your user alone: ${ids.reason}`,
    });
  }
  if (ids.kind !== 'ranges' || owners.isEmpty) return;
  const { unreached } = await shiftOwners(rootfs, owners, ids);
  if (unreached > 0)
    report({
      type: 'warning',
      message: `${unreached} files have owners that your id ranges do not reach: they are root's in the bundle`,
    });
}

function tellLeftOut(leftOut: readonly string[], report: Report): void {
  if (leftOut.length === 0) return;
  const shown = leftOut.slice(0, 5).join(', ');
  const more = leftOut.length > 5 ? ` and ${leftOut.length - 5} more` : '';
  report({ type: 'warning', message: `The bundle lacks what cannot be made without privileges: ${shown}${more}` });
}

/** Writes the runtime's document beside a `rootfs` that is there. */
export function writeConfig(
  { config }: Pick<BundleSource, 'config'>,
  dir: string,
  options: SettledBundleOptions,
): void {
  const { ids, network, hostname, terminal } = options;
  const rootfs = join(dir, 'rootfs');
  const accounts = { passwd: readInRoot(rootfs, '/etc/passwd'), group: readInRoot(rootfs, '/etc/group') };
  const spec = bundleConfig(config, {
    ids,
    user: resolveImageUser(config.config?.User ?? '', accounts),
    networkFiles: ['/etc/resolv.conf', '/etc/hosts'].filter((file) => existsSync(file)),
    ...(network === undefined ? {} : { network }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(terminal === undefined ? {} : { terminal }),
  });
  writeFileSync(join(dir, 'config.json'), `${JSON.stringify(spec, null, 2)}\n`);
}

/** The real place to write to, free or with a bundle of ours that may be replaced. */
function prepare(dir: string): string {
  const absolute = resolve(dir);
  mkdirSync(dirname(absolute), { recursive: true });
  const place = existsSync(absolute)
    ? realpathSync(absolute)
    : join(realpathSync(dirname(absolute)), basename(absolute));
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return place;
  if (!stats.isDirectory()) throw occupied(dir, 'it is a file');
  if (readdirSync(place).length > 0 && !isOurBundle(place))
    throw occupied(dir, 'it holds something that is no bundle of tsbuildpack');
  return place;
}

function occupied(dir: string, why: string): TsbuildpackError {
  return new TsbuildpackError('OUTPUT_FAILED', `Cannot write a bundle to "${dir}": ${why}`, {
    hint: 'Name a new or an empty directory',
  });
}

function isOurBundle(dir: string): boolean {
  try {
    return readFileSync(join(dir, 'config.json'), 'utf8').includes(entrypointAnnotation);
  } catch {
    return false;
  }
}

async function putInPlace(temporary: string, place: string, ids: IdMapping): Promise<void> {
  const old = temporaryName(place);
  if (!existsSync(place)) return renameSync(temporary, place);
  if (readdirSync(place).length === 0) rmdirSync(place);
  else renameSync(place, old);
  renameSync(temporary, place);
  await removeOwnedTree(old, ids);
}
