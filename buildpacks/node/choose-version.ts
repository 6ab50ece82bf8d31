import compare from 'semver/functions/compare.js';
import major from 'semver/functions/major.js';
import prerelease from 'semver/functions/prerelease.js';
import satisfies from 'semver/functions/satisfies.js';
import type { VersionText } from './version-text.ts';

export interface ChooseOptions {
  /** Lines of which a version is taken first, when the wish leaves the choice. */
  readonly preferred: ReadonlySet<number>;
}

/** The version that a wish means, of those that there are: the newest, of a preferred line if there is one. Undefined: none fits. */
export function chooseVersion(
  wants: VersionText,
  versions: readonly string[],
  { preferred }: ChooseOptions,
): string | undefined {
  if (wants.kind === 'exact') return versions.find((version) => version === wants.version);
  const fitting = versions.filter((version) => satisfies(version, wants.range)).toSorted(compare);
  const releases = fitting.filter((version) => prerelease(version) === null);
  return releases.findLast((version) => preferred.has(major(version))) ?? releases.at(-1) ?? fitting.at(-1);
}

/** What all lists have. */
export function commonVersions(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  const sets = others.map((list) => new Set(list));
  return first.filter((version) => sets.every((set) => set.has(version)));
}

const shown = 6;

/** Those next to a version, in order, half of them older: for who asked for one that does not exist. */
export function nearestVersions(version: string, versions: readonly string[]): readonly string[] {
  const sorted = versions.filter((candidate) => prerelease(candidate) === null).toSorted(compare);
  const sameMajor = sorted.filter((candidate) => major(candidate) === major(version));
  const list = sameMajor.length > 0 ? sameMajor : sorted;
  const at = list.findIndex((candidate) => compare(candidate, version) > 0);
  const end = at === -1 ? list.length : Math.min(list.length, at + shown / 2);
  return list.slice(Math.max(0, end - shown), end);
}
