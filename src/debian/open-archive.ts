import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { Distribution, PackageSource } from './distribution.ts';
import { fetchVerified, retried } from './fetch-verified.ts';
import type { OpenFile } from './open-file.ts';
import { checkDetachedSignature, clearSignedText } from './openpgp-signature.ts';
import type { PackageArchive, SuiteIndexes, SuiteSnapshot } from './package-archive.ts';
import { packageArchive } from './package-archive.ts';
import type { PackageCache } from './package-cache.ts';
import { PackageIndex } from './package-index.ts';
import type { IndexFile, Release } from './release-file.ts';
import { checkRelease, parseRelease } from './release-file.ts';
import { shownAddress } from './shown-address.ts';
import { unxz } from './xz.ts';

export interface OpenArchiveOptions {
  /** As Debian calls it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly open: OpenFile;
  readonly cache: PackageCache;
  readonly report: Report;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
  /** As in `FetchOptions`. */
  readonly retryAfterMs?: readonly number[];
}

/**
 * The packages of a distribution. Nothing is believed that is not signed with a key of the distribution: the Release files by their
 * signatures, indexes by their sums in those. Throws PACKAGES_UNTRUSTED, PACKAGES_UNAVAILABLE, MIRROR_OUT_OF_SYNC, NETWORK_UNAVAILABLE.
 */
export async function openArchive(
  distribution: Distribution,
  sources: readonly PackageSource[],
  options: OpenArchiveOptions,
): Promise<PackageArchive> {
  const suites = await Promise.all(sources.map((source) => openSuite(distribution, source, options)));
  return packageArchive(suites, {
    architecture: options.architecture,
    snapshot: suites.map(({ snapshot }) => snapshot),
  });
}

interface OpenedSuite extends SuiteIndexes {
  readonly snapshot: SuiteSnapshot;
}

async function openSuite(
  { keys }: Distribution,
  source: PackageSource,
  options: OpenArchiveOptions,
): Promise<OpenedSuite> {
  const { architecture, now, report } = options;
  const root = source.uri.replace(/\/+$/, '');
  const dir = `${root}/dists/${source.suite}`;
  const address = shownAddress(dir);
  const { text, bytes } = await retried(async () => await signedRelease(dir, keys, options), options);
  const release = parseRelease(text, address);
  checkRelease(release, { suite: source.suite, architecture, now: now(), address });
  const date = release.date.toISOString();
  report({ type: 'debug', message: `Packages of ${source.suite}: ${address}, as of ${date}` });
  const indexes = source.components.flatMap((component) => indexNames(release, component, architecture));
  return {
    notAutomatic: release.notAutomatic,
    indexes: await Promise.all(
      indexes.map(async (name) => {
        const index = await readIndex(name, { dir, release, options });
        return new PackageIndex(index, { suite: source.suite, roots: [root], architecture, address });
      }),
    ),
    snapshot: {
      suite: source.suite,
      address: shownAddress(root),
      date: release.date,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  };
}

/** Most bytes of a Release file: Debian's are 150 KB. */
const maxReleaseBytes = 16 << 20;

interface SignedRelease {
  /** The part that is signed. */
  readonly text: string;
  readonly bytes: Buffer;
}

async function signedRelease(
  dir: string,
  keys: readonly Uint8Array[],
  { open, now }: OpenArchiveOptions,
): Promise<SignedRelease> {
  const about = { keys, now: now(), address: shownAddress(dir) };
  const inline = await readSmall(await open(`${dir}/InRelease`), maxReleaseBytes, about.address);
  if (inline !== undefined) return { text: await clearSignedText(inline.toString('utf8'), about), bytes: inline };
  const [bytes, signature] = await Promise.all(
    ['Release', 'Release.gpg'].map(async (name) =>
      readSmall(await open(`${dir}/${name}`), maxReleaseBytes, about.address),
    ),
  );
  if (bytes === undefined) throw noSuite(about.address);
  if (signature === undefined) {
    throw new TsbuildpackError(
      'PACKAGES_UNTRUSTED',
      `Cannot trust the Release file of ${about.address}: it is not signed`,
    );
  }
  await checkDetachedSignature(bytes, signature, about);
  return { text: bytes.toString('utf8'), bytes };
}

function noSuite(address: string): TsbuildpackError {
  return new TsbuildpackError('PACKAGES_UNAVAILABLE', `Cannot find packages at ${address}: there is no Release file`, {
    hint: 'Name a mirror that has this suite with --debian-mirror',
  });
}

async function readSmall(body: Readable | undefined, limitBytes: number, address: string): Promise<Buffer | undefined> {
  if (body === undefined) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new TsbuildpackError(
        'PACKAGES_UNTRUSTED',
        `Cannot read a file of ${address}: it has more than ${limitBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Packages for all architectures are in each index, unless the archive says that they have one of their own. One that is not among the
 * architectures of the Release file is not kept up, as in Debian's security archive: apt asks for none either.
 */
function indexNames(release: Release, component: string, architecture: string): readonly string[] {
  const name = (of: string): string => `${component}/binary-${of}/Packages`;
  const has = (path: string): boolean => formats.some(({ extension }) => release.files.has(`${path}${extension}`));
  return [architecture, ...(release.architectures.includes('all') ? ['all'] : [])].map(name).filter(has);
}

/** In the order of how fast they are read: for Debian's main, 0.3 and 1 second. The one that is a third larger is read first. */
const formats: readonly {
  readonly extension: string;
  readonly expand: (file: string, limitBytes: number) => Promise<Buffer>;
}[] = [
  {
    extension: '.gz',
    expand: async (file, maxOutputLength) => await promisify(gunzip)(await readFile(file), { maxOutputLength }),
  },
  { extension: '.xz', expand: async (file, limitBytes) => await unxz(file, limitBytes) },
  { extension: '', expand: async (file) => await readFile(file) },
];

interface IndexPlace {
  readonly dir: string;
  readonly release: Release;
  readonly options: OpenArchiveOptions;
}

/** Most bytes of an index, whatever a Release file says: Debian's main has 57 MB. */
const maxIndexBytes = 1 << 29;

async function readIndex(name: string, { dir, release, options }: IndexPlace): Promise<Buffer> {
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
