import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ImageIsolation, IsolationReport } from './describe-isolation.ts';
import type { Finding } from './finding.ts';
import type { RuntimeAttempt } from './oci-runtime.ts';

const oldestNode = [20, 19] as const;

export function diagnoseNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const finding = `Node.js ${version}`;
  if (isNewEnough) return { id: 'node', status: 'ok', finding, consequence: 'This Node.js runs tsbuildpack' };
  return {
    id: 'node',
    status: 'problem',
    finding,
    consequence: `tsbuildpack needs Node.js ${oldestNode.join('.')} or newer`,
    remedy: 'Install a newer Node.js',
  };
}

const smallStoreBytes = 2 * 2 ** 30;
const tinyStoreBytes = 200 * 2 ** 20;

export function diagnoseStore(store: string): Finding {
  const place = existingParent(resolve(store));
  const at = `The store is ${store}`;
  if (!isWritable(place)) {
    return {
      id: 'store',
      status: 'problem',
      finding: `${at}, and "${place}" cannot be written`,
      consequence: 'No build can keep its layers or its image',
      remedy: 'Name another place with --store or TSBUILDPACK_STORE',
    };
  }
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const finding = `${at}, with ${gibibytes(free)} free`;
  if (free >= smallStoreBytes)
    return { id: 'store', status: 'ok', finding, consequence: 'Layers, images and toolchains are kept there' };
  return {
    id: 'store',
    status: free < tinyStoreBytes ? 'problem' : 'note',
    finding,
    consequence: 'A build that fetches a toolchain or has large layers may fill the disk',
    remedy: 'Run "tsbuildpack cache prune", or name another place with --store',
  };
}

function existingParent(path: string): string {
  let place = path;
  while (!existsSync(place)) place = dirname(place);
  return place;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

export function diagnoseIsolation({ isolation, mechanism, hides, attempts }: IsolationReport): Finding {
  const failed = attempts.filter(({ works }) => !works);
  const why = failed.map((attempt) => `${attempt.mechanism}: ${attempt.reason ?? 'does not work'}`).join('; ');
  const finding = `Builds are isolated by ${mechanism}${why === '' ? '' : ` (${why})`}`;
  const remedies = [...new Set(failed.map(({ remedy }) => remedy).filter((remedy) => remedy !== undefined))];
  const remedy = remedies.length === 0 ? {} : { remedy: remedies.join('\n') };
  if (hides) {
    const consequence = 'Buildpacks see /workspace and /layers, and neither your credentials nor your sockets';
    return { id: 'isolation', status: 'ok', finding, consequence };
  }
  const consequence =
    isolation === 'real'
      ? 'Nothing can be hidden from a buildpack: one that is not built in runs only with --isolation real said aloud'
      : 'Built-in buildpacks work as ever; one that is not built in runs only if it says that it can be relocated';
  const told = isolation === 'real' ? finding : `Builds are not isolated, they run in a ${mechanism} (${why})`;
  return { id: 'isolation', status: 'note', finding: told, consequence, ...remedy };
}

/** Whether builds can run in the root file system of an image, as those with a builder do. */
export function diagnoseBuildImage({ mechanism, filters, attempts }: ImageIsolation): Finding {
  const failed = attempts.filter(({ works }) => !works);
  const why = failed.map((attempt) => `${attempt.mechanism}: ${attempt.reason ?? 'does not work'}`).join('; ');
  if (mechanism === undefined) {
    const remedies = [...new Set(failed.map(({ remedy }) => remedy).filter((remedy) => remedy !== undefined))];
    return {
      id: 'build-image',
      status: 'note',
      finding: `Builds cannot run in a build image (${why})`,
      consequence: '--isolation image and --builder do not work',
      ...(remedies.length > 0 && { remedy: remedies.join('\n') }),
    };
  }
  const consequence = filters
    ? '--isolation image and --builder work, with system calls filtered'
    : '--isolation image and --builder work, but system calls are not filtered';
  return {
    id: 'build-image',
    status: 'ok',
    finding: `Builds in a build image are isolated by ${mechanism}`,
    consequence,
  };
}

export function diagnoseRuntimes(attempts: readonly RuntimeAttempt[]): Finding {
  const working = attempts.find(({ works }) => works);
  const failed = attempts
    .filter(({ works }) => !works)
    .map(({ name, reason }) => `${name}: ${reason ?? 'does not work'}`);
  const rest = failed.length === 0 ? '' : ` (${failed.join('; ')})`;
  if (working !== undefined) {
    return {
      id: 'runtime',
      status: 'ok',
      finding: `${working.name} starts containers${rest}`,
      consequence: '"tsbuildpack run" works',
    };
  }
  return {
    id: 'runtime',
    status: 'note',
    finding:
      failed.length === 0 ? 'There is no OCI runtime (runc, crun, youki or podman)' : `No OCI runtime works${rest}`,
    consequence: '"tsbuildpack run" does not work; images can be built and started elsewhere',
    ...(failed.length === 0 ? { remedy: 'Install runc or crun' } : {}),
  };
}
