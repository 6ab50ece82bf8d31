/** A Go version, comparable. `1.24` names a language version and stands before `1.24rc1` and `1.24.0`. */
export interface GoVersion {
  readonly major: number;
  readonly minor: number;
  /** Language version, pre-release, release. */
  readonly stage: 'language' | 'alpha' | 'beta' | 'rc' | 'release';
  /** Patch of a release, number of a pre-release, 0 of a language version. */
  readonly number: number;
}

const pattern = /^(?:go)?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4})|(alpha|beta|rc)(\d{1,4}))?$/;
// Until 1.20 the first release of a minor version had no third number: https://go.dev/doc/toolchain#version
const firstWithPatchZero = 21;

/** `1.24`, `1.24rc1`, `go1.24.3`; also with what a vendor adds (`go1.24.3-acme`, `go1.24.3 X:flag`). Undefined for anything else. */
export function parseGoVersion(text: string): GoVersion | undefined {
  const [plain = ''] = text.trim().split(/[\s+-]/);
  const match = pattern.exec(plain);
  if (match === null) return undefined;
  const [, major, minor, patch, stage, number] = match;
  const base = { major: Number(major), minor: Number(minor) };
  if (stage === 'alpha' || stage === 'beta' || stage === 'rc') return { ...base, stage, number: Number(number) };
  if (patch !== undefined) return { ...base, stage: 'release', number: Number(patch) };
  return { ...base, stage: base.minor < firstWithPatchZero ? 'release' : 'language', number: 0 };
}

const stages = ['language', 'alpha', 'beta', 'rc', 'release'];

/** Negative when `a` is older. */
export function compareGoVersions(a: GoVersion, b: GoVersion): number {
  return (
    a.major - b.major || a.minor - b.minor || stages.indexOf(a.stage) - stages.indexOf(b.stage) || a.number - b.number
  );
}

/** `go1.24.3`, as the toolchain calls itself. */
export function goVersionName({ major, minor, stage, number }: GoVersion): string {
  const base = `go${major}.${minor}`;
  if (stage === 'language') return base;
  if (stage !== 'release') return `${base}${stage}${number}`;
  return minor < firstWithPatchZero && number === 0 ? base : `${base}.${number}`;
}

/** For version ranges: `1.24rc1` becomes `1.24.0-rc.1`. */
export function asSemver({ major, minor, stage, number }: GoVersion): string {
  if (stage === 'release') return `${major}.${minor}.${number}`;
  return stage === 'language' ? `${major}.${minor}.0` : `${major}.${minor}.0-${stage}.${number}`;
}
