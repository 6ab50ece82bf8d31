/** A release line of Node that has, or had, long-term support. */
export interface ReleaseLine {
  readonly major: number;
  /** In lower case, as `lts/iron` has it. */
  readonly codename: string;
  /** ISO date on which its long-term support began. */
  readonly lts: string;
  /** ISO date after which there are no more fixes. */
  readonly end: string;
  /** The major version of npm that its distributions hold. */
  readonly npm: number;
}

/**
 * Source: schedule.json of https://github.com/nodejs/Release, 2026-11-22; npm as the last releases of each line bring it. A line that becomes LTS later is added with a new version of this tool, so that all who use one version agree.
 */
export const releaseLines: readonly ReleaseLine[] = [
  { major: 4, codename: 'argon', lts: '2015-10-12', end: '2018-04-30', npm: 2 },
  { major: 6, codename: 'boron', lts: '2016-10-18', end: '2019-04-30', npm: 3 },
  { major: 8, codename: 'carbon', lts: '2017-10-31', end: '2019-12-31', npm: 6 },
  { major: 10, codename: 'dubnium', lts: '2018-10-30', end: '2021-04-30', npm: 6 },
  { major: 12, codename: 'erbium', lts: '2019-10-21', end: '2022-04-30', npm: 6 },
  { major: 14, codename: 'fermium', lts: '2020-10-27', end: '2023-04-30', npm: 6 },
  { major: 16, codename: 'gallium', lts: '2021-10-26', end: '2023-09-11', npm: 8 },
  { major: 18, codename: 'hydrogen', lts: '2022-10-25', end: '2025-04-30', npm: 10 },
  { major: 20, codename: 'iron', lts: '2023-10-24', end: '2026-04-30', npm: 10 },
  { major: 22, codename: 'jod', lts: '2024-10-29', end: '2027-04-30', npm: 10 },
  { major: 24, codename: 'krypton', lts: '2025-10-28', end: '2028-04-30', npm: 11 },
  { major: 26, codename: 'lithium', lts: '2026-10-28', end: '2029-04-30', npm: 11 },
];

/** The day of the table. What a build says does not depend on the day of the build. */
const tableDate = '2026-11-22';

/** ISO date after which the line of a version gets no more fixes; undefined when it gets them, or has no long-term support at all. */
export function supportEnded(version: string): string | undefined {
  const line = releaseLines.find(({ major }) => version.startsWith(`${major}.`));
  return line !== undefined && line.end < tableDate ? line.end : undefined;
}

/** The line by its codename. */
export function lineNamed(codename: string): ReleaseLine | undefined {
  return releaseLines.find((line) => line.codename === codename.toLowerCase());
}

/** `0` is the newest line with long-term support, `1` the one before. */
export function ltsLine(before: number): ReleaseLine | undefined {
  return releaseLines.at(-1 - before);
}
