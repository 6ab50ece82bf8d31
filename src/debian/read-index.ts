import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TsbuildpackError } from '../errors.ts';
import type { FetchOptions } from './fetch-verified.ts';
import { fetchVerified } from './fetch-verified.ts';
import type { IndexFile, Release } from './release-file.ts';
import { shownAddress } from './shown-address.ts';
import { unxz } from './xz.ts';

export interface WantedIndex {
  readonly component: string;
  readonly architecture: string;
  /** For messages. */
  readonly address: string;
}

/**
 * What the indexes of a component are called. Packages for all architectures are in each, unless the archive has them beside it: one that is
 * not among the architectures of the Release file is not kept up, as in Debian's security archive, and apt asks for none either. Throws
 * PACKAGES_UNAVAILABLE when there is no such component.
 */
export function indexNames(release: Release, { component, architecture, address }: WantedIndex): readonly string[] {
  const others = release.architectures.includes('all') && !release.allInEach ? ['all'] : [];
  const found = [architecture, ...others]
    .map((name) => `${component}/binary-${name}/Packages`)
    .filter((path) => formats.some(({ extension }) => release.files.has(`${path}${extension}`)));
  if (found.length > 0) return found;
  throw new TsbuildpackError(
    'PACKAGES_UNAVAILABLE',
    `Cannot find component "${component}" for ${architecture} in ${release.codename} of ${address}`,
  );
}

/** In the order of how fast they are read: for Debian's main, 0.3 and 1 second. The one that is a third larger is read first. */
const formats: readonly {
  readonly extension: string;
  readonly expand: (file: string, limitBytes: number) => Promise<Buffer>;
}[] = [
  {
    extension: '.gz',
    // A suite may be empty, and zlib takes no limit of nothing.
    expand: async (file, limitBytes) =>
      await promisify(gunzip)(await readFile(file), { maxOutputLength: Math.max(1, limitBytes) }),
  },
  { extension: '.xz', expand: async (file, limitBytes) => await unxz(file, limitBytes) },
  { extension: '', expand: async (file) => await readFile(file) },
];

export interface IndexPlace {
  readonly dir: string;
  readonly release: Release;
  readonly options: FetchOptions;
}

/** Most bytes of an index, whatever a Release file says: Debian's main has 57 MB. */
const maxIndexBytes = 1 << 29;

/** The text of an index, without its compression. Throws MIRROR_OUT_OF_SYNC, NETWORK_UNAVAILABLE. */
export async function readIndex(name: string, { dir, release, options }: IndexPlace): Promise<Buffer> {
  let failure: TsbuildpackError | undefined;
  for (const { extension, expand } of formats) {
    const file = release.files.get(`${name}${extension}`);
    if (file === undefined || file.sizeBytes > maxIndexBytes) continue;
    try {
      const path = await fetchIndex(file, { dir, release, options });
      return await expand(path, release.files.get(name)?.sizeBytes ?? maxIndexBytes);
    } catch (error) {
      // Release files also list what the archive does not keep, plain indexes among them.
      if (!(error instanceof TsbuildpackError) || error.code !== 'MIRROR_OUT_OF_SYNC') throw error;
      failure ??= error;
    }
  }
  throw (
    failure ?? new TsbuildpackError('PACKAGES_UNAVAILABLE', `Cannot read ${shownAddress(dir)}/${name}: it is too large`)
  );
}

async function fetchIndex(
  { path, sha256, sizeBytes }: IndexFile,
  { dir, release, options }: IndexPlace,
): Promise<string> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const byHash = release.acquireByHash ? [`${dir}/${folder}/by-hash/SHA256/${sha256}`] : [];
  const wanted = {
    what: `index ${shownAddress(dir)}/${path}`,
    addresses: [...byHash, `${dir}/${path}`],
    sha256,
    sizeBytes,
  };
  return await fetchVerified(wanted, options);
}
