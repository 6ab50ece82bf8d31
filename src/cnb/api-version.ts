import { TsbuildpackError } from '../errors.ts';

/** An API version — https://github.com/buildpacks/spec/blob/main/buildpack.md#buildpack-api-version */
export interface ApiVersion {
  readonly major: bigint;
  readonly minor: bigint;
}

/** The Buildpack APIs that we implement. */
const supportedBuildpackApis: readonly string[] = ['0.10', '0.11', '0.12'];

// Go's uint64, as the reference parses it; a leading `v` is accepted there too.
const pattern = /^v?(?<major>\d+)(?:\.(?<minor>\d+))?$/;
const largest = 2n ** 64n - 1n;

/** `<major>` or `<major>.<minor>`, both unsigned 64-bit integers; undefined for anything else. */
export function parseApiVersion(text: string): ApiVersion | undefined {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined || text.endsWith('\n')) return undefined;
  const major = BigInt(groups['major'] ?? '0');
  const minor = BigInt(groups['minor'] ?? '0');
  return major > largest || minor > largest ? undefined : { major, minor };
}

export function atLeast(version: ApiVersion, other: string): boolean {
  const wanted = parseApiVersion(other);
  if (wanted === undefined) throw new TsbuildpackError('INTERNAL', `Cannot compare with API version "${other}"`);
  return version.major === wanted.major ? version.minor >= wanted.minor : version.major > wanted.major;
}

/** For a major above 0 a higher minor contains the lower ones; below, every minor is a contract of its own (VER-02). */
export function isSupportedBy(version: ApiVersion, supported: readonly string[]): boolean {
  return supported.some((text) => {
    const one = parseApiVersion(text);
    if (one === undefined || one.major !== version.major) return false;
    return version.major === 0n ? one.minor === version.minor : version.minor <= one.minor;
  });
}

/** The version of a buildpack that `name` (`id@version`) declares. Throws BUILDPACK_API_UNSUPPORTED. */
export function requireBuildpackApi(text: string, name: string): ApiVersion {
  const version = parseApiVersion(text);
  if (version !== undefined && isSupportedBy(version, supportedBuildpackApis)) return version;
  const what = version === undefined ? `"${text}" is not a version` : `Buildpack API ${text} is not supported`;
  throw new TsbuildpackError('BUILDPACK_API_UNSUPPORTED', `Cannot use buildpack "${name}": ${what}`, {
    hint: `This version of tsbuildpack implements Buildpack API ${supportedBuildpackApis.join(', ')}`,
  });
}
