import { TsbuildpackError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { Distribution, PackageSource } from './distribution.ts';
import { retried } from './fetch-verified.ts';
import { mirrorRoots } from './mirror-list.ts';
import type { OpenFile } from './open-file.ts';
import type { PackageArchive, SuiteIndexes, SuiteSnapshot } from './package-archive.ts';
import { packageArchive } from './package-archive.ts';
import type { PackageCache } from './package-cache.ts';
import { PackageIndex } from './package-index.ts';
import { indexNames, readIndex } from './read-index.ts';
import type { SeenDocument } from './refuse-older.ts';
import { refuseOlder } from './refuse-older.ts';
import { shownAddress } from './shown-address.ts';
import type { TrustedRelease } from './signed-release.ts';
import { readRelease } from './signed-release.ts';

export interface OpenArchiveOptions {
  /** As Debian calls it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly open: OpenFile;
  readonly cache: PackageCache;
  /** A small document by name, which outlives this call: what was seen of a mirror before. */
  readonly document: (name: string) => SeenDocument;
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
  const suites = await allInOrder(sources.map((source) => openSuite(distribution, source, options)));
  return packageArchive(suites, {
    architecture: options.architecture,
    snapshot: suites.map(({ snapshot }) => snapshot),
  });
}

/** All of them, or the failure that is first in their order: the same one every time, whichever came first. */
async function allInOrder<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

interface OpenedSuite extends SuiteIndexes {
  readonly snapshot: SuiteSnapshot;
}

async function openSuite(
  { keys }: Distribution,
  { uri, suite, components }: PackageSource,
  options: OpenArchiveOptions,
): Promise<OpenedSuite> {
  const { architecture, report, document } = options;
  const roots = await retried(async () => await mirrorRoots(uri, options.open), options);
  const { root, release } = await firstRelease(roots, { ...options, suite, keys });
  const address = shownAddress(root);
  await refuseOlder(document(`packages of ${suite} from ${address}`), { suite, address, date: release.date });
  report({ type: 'debug', message: `Packages of ${suite}: ${address}, as of ${release.date.toISOString()}` });
  const names = components.flatMap((component) => indexNames(release, { component, architecture, address }));
  const firstRoot = [root, ...roots.filter((other) => other !== root)];
  return {
    notAutomatic: release.notAutomatic,
    indexes: await allInOrder(
      names.map(async (name) => {
        const bytes = await readIndex(name, { dir: `${root}/dists/${suite}`, release, options });
        return new PackageIndex(bytes, { suite, roots: firstRoot, architecture, address });
      }),
    ),
    snapshot: { suite, address, date: release.date, sha256: release.sha256 },
  };
}

interface FirstReleaseOptions extends OpenArchiveOptions {
  readonly suite: string;
  readonly keys: readonly Uint8Array[];
}

interface RootRelease {
  readonly root: string;
  readonly release: TrustedRelease;
}

/** Of the first mirror that has one; what cannot be trusted is no reason to try another. */
async function firstRelease(roots: readonly string[], options: FirstReleaseOptions): Promise<RootRelease> {
  const { suite } = options;
  let failure: TsbuildpackError | undefined;
  for (const root of roots) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      const release = await retried(async () => await readRelease(`${root}/dists/${suite}`, options), options);
      return { root, release };
    } catch (error) {
      if (!(error instanceof TsbuildpackError) || !isAbsence(error)) throw error;
      failure ??= error;
    }
  }
  throw (
    failure ??
    new TsbuildpackError('PACKAGES_UNAVAILABLE', `Cannot find packages of ${suite}: the list of mirrors is empty`)
  );
}

function isAbsence({ code }: TsbuildpackError): boolean {
  return code === 'PACKAGES_UNAVAILABLE' || code === 'NETWORK_UNAVAILABLE';
}
