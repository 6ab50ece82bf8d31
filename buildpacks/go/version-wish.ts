import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { GoProject } from './find-project.ts';
import { asSemver, compareGoVersions, goVersionName, parseGoVersion } from './go-version.ts';
import type { GoVersion } from './go-version.ts';
import type { UserGoSettings } from './user-go-settings.ts';

/** Which Go versions will do. */
export interface VersionWish {
  /** Who asks for what, for people: `go.mod:3 asks for go1.24 or newer`. */
  readonly reason: string;
  /** Set when only one version will do. */
  readonly exact: GoVersion | undefined;
  accepts(version: GoVersion): boolean;
  /** The one to fetch: the newest release, of the minor version that the module files ask for when they ask for one to be had. */
  choose(versions: readonly GoVersion[]): GoVersion | undefined;
}

interface Floor {
  readonly version: GoVersion;
  readonly where: string;
}

/** BP_GO_VERSION, else a GOTOOLCHAIN that names a version, over the minimums of go.mod and go.work. */
export function readWish({
  project,
  settings,
  version,
}: {
  readonly project: GoProject;
  readonly settings: UserGoSettings;
  readonly version: string | undefined;
}): VersionWish {
  const floor = floorOf(project);
  const named = version === undefined ? toolchainSetting(settings) : { text: version, where: 'BP_GO_VERSION' };
  if (named === undefined) return fromFloor(floor);
  return { ...fromText(named, floor), choose: (versions) => newest(versions.filter(fromText(named, floor).accepts)) };
}

/** The highest of the lines: a module needs at least what each of its files says. */
function floorOf({ minimums }: GoProject): Floor | undefined {
  const floors = minimums.flatMap(({ version, where }) => {
    const parsed = parseGoVersion(version);
    return parsed === undefined ? [] : [{ version: parsed, where }];
  });
  // Of equal ones the first, which is the nearest file.
  return floors.toSorted((a, b) => compareGoVersions(b.version, a.version))[0];
}

function fromFloor(floor: Floor | undefined): VersionWish {
  if (floor === undefined) {
    return { reason: 'any version will do', exact: undefined, accepts: () => true, choose: newest };
  }
  const accepts = (candidate: GoVersion): boolean => compareGoVersions(candidate, floor.version) >= 0;
  const sameMinor = ({ major, minor }: GoVersion): boolean =>
    major === floor.version.major && minor === floor.version.minor;
  return {
    reason: `${floor.where} asks for ${goVersionName(floor.version)} or newer`,
    exact: undefined,
    accepts,
    choose: (versions) => {
      const fitting = versions.filter(accepts);
      return newest(fitting.filter(sameMinor)) ?? newest(fitting);
    },
  };
}

function fromText(
  { text, where }: { readonly text: string; readonly where: string },
  floor: Floor | undefined,
): Omit<VersionWish, 'choose'> {
  const exact = exactVersion(text);
  const range = exact === undefined ? validRange(text.replace(/^go/, '')) : null;
  if (exact === undefined && range === null) {
    throw new TsbuildpackError(
      'INVALID_INPUT',
      `Cannot use ${where}="${text}": it is neither a Go version nor a range of them`,
      {
        hint: `Write for example ${where}=1.25.3 or ${where}="1.25.*"`,
      },
    );
  }
  if (exact !== undefined && floor !== undefined && compareGoVersions(exact, floor.version) < 0) {
    throw new TsbuildpackError(
      'INVALID_INPUT',
      `Cannot build with ${goVersionName(exact)} of ${where}: ${floor.where} asks for ${goVersionName(floor.version)} or newer`,
      { hint: `Change ${where} or ${floor.where}` },
    );
  }
  const inRange = (candidate: GoVersion): boolean =>
    exact === undefined ? satisfies(asSemver(candidate), range ?? '') : compareGoVersions(candidate, exact) === 0;
  return {
    reason: `${where} asks for ${text}${floor === undefined ? '' : ` and ${floor.where} for ${goVersionName(floor.version)} or newer`}`,
    exact,
    accepts: (candidate) =>
      inRange(candidate) && (floor === undefined || compareGoVersions(candidate, floor.version) >= 0),
  };
}

/** `1.25.3`, `go1.25rc1`; `1.25` is a range, for there is no such release. */
function exactVersion(text: string): GoVersion | undefined {
  const version = parseGoVersion(text);
  return version === undefined || /^(?:go)?\d+\.\d+$/.test(text.trim()) ? undefined : version;
}

/** GOTOOLCHAIN=go1.25.3 (with or without +auto) is what `go build` would use; local, path and auto say nothing about versions. */
function toolchainSetting(settings: UserGoSettings): { text: string; where: string } | undefined {
  const setting = settings.get('GOTOOLCHAIN');
  const text = setting === undefined ? undefined : /^(go\d[^+]*)(?:\+(?:auto|path))?$/.exec(setting.value)?.[1];
  return setting === undefined || text === undefined ? undefined : { text, where: setting.where };
}

/** Releases before pre-releases. */
function newest(versions: readonly GoVersion[]): GoVersion | undefined {
  const sorted = versions.toSorted(compareGoVersions);
  return sorted.findLast(({ stage }) => stage === 'release') ?? sorted.at(-1);
}
