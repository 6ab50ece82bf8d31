import type { Report } from '../events.ts';
import { inParallel } from '../fs/in-parallel.ts';
import type { DebianPackage } from './debian-package.ts';
import type { FetchOptions } from './fetch-verified.ts';
import { fetchVerified } from './fetch-verified.ts';

export interface DownloadOptions extends Omit<FetchOptions, 'onBytes'> {
  readonly report: Report;
}

const atOnce = 8;
const intervalMs = 200;

/** The .deb files of packages, verified, by package. Throws MIRROR_OUT_OF_SYNC, NETWORK_UNAVAILABLE, DISK_FULL, the signal's reason. */
export async function downloadPackages(
  packages: readonly DebianPackage[],
  options: DownloadOptions,
): Promise<ReadonlyMap<DebianPackage, string>> {
  const files = new Map<DebianPackage, string>();
  const progress = downloadProgress(packages, options.report);
  const work = async (wanted: DebianPackage): Promise<void> => {
    options.signal?.throwIfAborted();
    const { name, version, urls, sha256, sizeBytes } = wanted;
    const file = { what: `package ${name} ${version}`, addresses: urls, sha256, sizeBytes };
    files.set(wanted, await fetchVerified(file, { ...options, onBytes: progress.add }));
  };
  try {
    await inParallel(packages, work, atOnce);
  } finally {
    progress.end();
  }
  return files;
}

interface DownloadProgress {
  readonly add: (bytes: number) => void;
  readonly end: () => void;
}

/** What is over sooner than it could be shown is not mentioned. */
function downloadProgress(packages: readonly DebianPackage[], report: Report): DownloadProgress {
  const totalBytes = packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytes = 0;
  let last = performance.now();
  let mentioned = false;
  const emit = (done: boolean): void => {
    const label = `Downloading ${packages.length === 1 ? 'a package' : `${packages.length} packages`}`;
    report({ type: 'progress', id: 'debian-packages', label, bytes: Math.min(bytes, totalBytes), totalBytes, done });
  };
  return {
    add: (more) => {
      bytes += more;
      if (performance.now() - last < intervalMs) return;
      last = performance.now();
      mentioned = true;
      emit(false);
    },
    end: () => {
      if (mentioned) emit(true);
    },
  };
}
