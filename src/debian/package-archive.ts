import type { DebianPackage } from './debian-package.ts';
import type { PackageIndex } from './package-index.ts';
import { compareVersions } from './version.ts';

/** The packages of a distribution's suites together, of one architecture. */
export interface PackageArchive {
  /** As Debian calls it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly snapshot: readonly SuiteSnapshot[];
  /** What would be installed for that name: the highest version. */
  candidate(name: string): DebianPackage | undefined;
  /** The candidates that provide that name. */
  providers(name: string): readonly DebianPackage[];
}

/** Which state of a suite was used. */
export interface SuiteSnapshot {
  readonly suite: string;
  /** Where from, without user and password. */
  readonly address: string;
  readonly date: Date;
  /** Of the signed Release file, in hexadecimal. */
  readonly sha256: string;
}

export interface SuiteIndexes {
  /** A suite that is not taken from by itself (backports): only for what no other suite has. */
  readonly notAutomatic: boolean;
  readonly indexes: readonly PackageIndex[];
}

export function packageArchive(
  suites: readonly SuiteIndexes[],
  facts: Pick<PackageArchive, 'architecture' | 'snapshot'>,
): PackageArchive {
  const known = new Map<string, DebianPackage | undefined>();
  const automatic = suites.filter(({ notAutomatic }) => !notAutomatic).flatMap(({ indexes }) => indexes);
  const others = suites.filter(({ notAutomatic }) => notAutomatic).flatMap(({ indexes }) => indexes);
  const candidate = (name: string): DebianPackage | undefined => {
    if (!known.has(name)) known.set(name, highest(automatic, name) ?? highest(others, name));
    return known.get(name);
  };
  return {
    ...facts,
    candidate,
    providers: (name) => {
      const names = [...automatic, ...others].flatMap((index) => index.providing(name)).map((found) => found.name);
      return [...new Set(names)]
        .map((found) => candidate(found))
        .filter((found) => found !== undefined)
        .filter(({ provides }) => provides.flat().some((provided) => provided.name === name));
    },
  };
}

/** Of equal versions that of the first suite, with the addresses of all. */
function highest(indexes: readonly PackageIndex[], name: string): DebianPackage | undefined {
  let best: DebianPackage | undefined;
  for (const found of indexes.flatMap((index) => index.named(name))) {
    const order = best === undefined ? 1 : compareVersions(found.version, best.version);
    if (order > 0) best = found;
    else if (best !== undefined && order === 0 && found.sha256 === best.sha256)
      best = { ...best, urls: [...new Set([...best.urls, ...found.urls])] };
  }
  return best;
}
