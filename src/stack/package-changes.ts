import { findPackages } from './find-packages.ts';
import { lastFound, makeHalf, packageFacts, sourcesOf } from './make-half.ts';
import { noWay } from './resolve-half.ts';
import type { StackHalf } from './stack-half.ts';
import { sortedPackages, type PartPackages } from './stack-image.ts';
import type { StackOptions } from './stack-options.ts';

export interface PackageChange {
  readonly package: string;
  /** Absent: it is new. */
  readonly from?: string;
  /** Absent: it goes. */
  readonly to?: string;
  /** Where the new one comes from. */
  readonly suite?: string;
}

export interface PackageChanges {
  /** When packages were last looked for; undefined when they never were. */
  readonly at?: Date;
  readonly changes: readonly PackageChange[];
  /** Of the image with the changes, when they were to be made. */
  readonly digest?: string;
}

/** What is newer than what a half was last made of. Throws PACKAGES_UNAVAILABLE where there are no packages to be had. */
export async function packageChanges(half: StackHalf, apply: boolean, options: StackOptions): Promise<PackageChanges> {
  if (half.distribution === undefined) return { changes: [] };
  const found = sourcesOf(half.distribution, options);
  if (found.result === 'none') throw noWay(half, [found.reason]);
  const known = await lastFound(half, found.sources, options);
  // What was never made here has nothing to change.
  if (known === undefined) return { changes: [] };
  const { packages } = await findPackages(half, found.sources, options);
  const changes = differences(known.packages, packageFacts(packages));
  const made = apply ? await makeHalf(half, { ...options, refresh: true }) : undefined;
  return {
    at: known.at,
    changes,
    ...(made?.result === 'made' && { digest: made.image.digest }),
  };
}

function differences(before: PartPackages, after: PartPackages): readonly PackageChange[] {
  const old = new Map(sortedPackages(before).map(({ name, version }) => [name, version]));
  const found = new Map(sortedPackages(after).map((facts) => [facts.name, facts]));
  const names = [...new Set([...old.keys(), ...found.keys()])].toSorted();
  return names.flatMap((name) => {
    const [from, to] = [old.get(name), found.get(name)];
    if (from === to?.version) return [];
    return [{ package: name, ...(from !== undefined && { from }), ...(to && { to: to.version, suite: to.suite }) }];
  });
}
