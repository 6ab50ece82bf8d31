import { TsbuildpackError } from '../errors.ts';

/** An API version — https://github.com/buildpacks/spec/blob/main/buildpack.md#buildpack-api-version */
export interface ApiVersion {
  readonly major: bigint;
  readonly minor: bigint;
}

/** What we implement of an API, and which of it is to go. */
export interface ApiSupport {
  readonly supported: readonly string[];
  readonly deprecated: readonly string[];
}

/** The Buildpack APIs: those of the reference, which deprecates none of them either. */
const buildpackApis: ApiSupport = { supported: ['0.7', '0.8', '0.9', '0.10', '0.11', '0.12'], deprecated: [] };

/** The Platform APIs. */
const platformApis: ApiSupport = {
  supported: ['0.7', '0.8', '0.9', '0.10', '0.11', '0.12', '0.13', '0.14', '0.15'],
  deprecated: [],
};

/** What builds follow unless a platform says otherwise. */
export const currentPlatformApi: ApiVersion = { major: 0n, minor: 15n };

export const currentBuildpackApi: ApiVersion = { major: 0n, minor: 12n };

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

export function formatApiVersion({ major, minor }: ApiVersion): string {
  return `${major}.${minor}`;
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

/** What CNB_DEPRECATION_MODE says of APIs that are to go; anything but these words is `warn` (VER-09). */
export type DeprecationMode = 'quiet' | 'warn' | 'error';

export function parseDeprecationMode(text: string | undefined): DeprecationMode {
  return text === 'quiet' || text === 'error' ? text : 'warn';
}

/** What to do with a version of an API. */
export type ApiVerdict = 'accept' | 'warn' | 'refuse';

export function judgeApi(
  version: ApiVersion | undefined,
  mode: DeprecationMode,
  { supported, deprecated }: ApiSupport,
): ApiVerdict {
  if (version === undefined || !isSupportedBy(version, supported)) return 'refuse';
  if (!isSupportedBy(version, deprecated)) return 'accept';
  return { quiet: 'accept', warn: 'warn', error: 'refuse' }[mode] as ApiVerdict;
}

/** The version of a buildpack that `name` (`id@version`) declares. Throws BUILDPACK_API_UNSUPPORTED. */
export function requireBuildpackApi(text: string, name: string): ApiVersion {
  const version = parseApiVersion(text);
  if (version !== undefined && judgeApi(version, 'warn', buildpackApis) !== 'refuse') return version;
  throw new TsbuildpackError(
    'BUILDPACK_API_UNSUPPORTED',
    `Cannot use buildpack "${name}": ${problemOf(text, version)}`,
    {
      hint: `This version of tsbuildpack implements Buildpack API ${buildpackApis.supported.join(', ')}`,
    },
  );
}

function problemOf(text: string, version: ApiVersion | undefined): string {
  if (text === '') return 'it names no Buildpack API (api = "…")';
  return version === undefined ? `"${text}" is not a version` : `Buildpack API ${text} is not supported`;
}

/**
 * The version that a platform asks for with CNB_PLATFORM_API. The specification lets it be unset, the reference does not, and who drives
 * the phases one by one is written against that (VER-05). Throws PLATFORM_API_UNSUPPORTED.
 */
export function requirePlatformApi(text: string | undefined, mode: DeprecationMode = 'warn'): ApiVersion {
  const asked = text?.trim() ?? '';
  const version = parseApiVersion(text ?? '');
  if (version !== undefined && judgeApi(version, mode, platformApis) !== 'refuse') return version;
  const problem =
    asked === ''
      ? 'CNB_PLATFORM_API is not set'
      : version === undefined
        ? `"${asked}" is not a version`
        : `Platform API ${asked} is not supported`;
  throw new TsbuildpackError('PLATFORM_API_UNSUPPORTED', `Cannot follow the platform: ${problem}`, {
    hint: `Set CNB_PLATFORM_API to one of ${platformApis.supported.join(', ')}`,
  });
}
