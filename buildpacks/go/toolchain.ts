import type { BuiltinBuildContext, ResolvedInput } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { downloadToolchain, listToolchains } from './download-toolchain.ts';
import type { DownloadSettings } from './download-toolchain.ts';
import type { GoProject } from './find-project.ts';
import { compareGoVersions, goVersionName, parseGoVersion } from './go-version.ts';
import type { GoVersion } from './go-version.ts';
import type { HostGoLookup } from './host-go.ts';
import { findHostGo } from './host-go.ts';
import type { UserGoSettings } from './user-go-settings.ts';
import type { VersionWish } from './version-wish.ts';
import { readWish } from './version-wish.ts';

export interface Toolchain {
  readonly version: GoVersion;
  /** Host path of its root; the same path for children. */
  readonly root: string;
}

export interface ToolchainRequest {
  readonly project: GoProject;
  readonly settings: UserGoSettings;
  /** BP_GO_VERSION. */
  readonly version: string | undefined;
  readonly download: DownloadSettings;
}

/**
 * The Go to build with: the one on PATH when it is what the user and the module files ask for, else the newest one from the module
 * proxy that is. Throws TOOLCHAIN_UNAVAILABLE with the one line to set, INVALID_INPUT when what is asked for contradicts itself.
 */
export async function provideToolchain(context: BuiltinBuildContext, request: ToolchainRequest): Promise<Toolchain> {
  const { input, host } = await resolveToolchain(context, request);
  const version = parseGoVersion(input.value);
  if (version === undefined) {
    throw new TsbuildpackError(
      'TOOLCHAIN_UNAVAILABLE',
      `Cannot use the resolved input go "${input.value}": it is no Go version`,
    );
  }
  if (host.found && isUsable(version) && compareGoVersions(host.go.version, version) === 0) {
    return { version, root: host.go.root };
  }
  const name = goVersionName(version);
  const platform = `${context.host.os}-${context.host.arch}`;
  const root = await context.toolchain(`${name}.${platform}`, (dir) =>
    downloadToolchain(context, { name, platform, dir }, request.download),
  );
  return { version, root };
}

/** Decides about the Go to build with, and fetches nothing but a list of versions. */
export async function resolveToolchain(
  context: BuiltinBuildContext,
  request: ToolchainRequest,
): Promise<{ readonly input: ResolvedInput; readonly host: HostGoLookup }> {
  const wish = readWish(request);
  const host = findHostGo(context.hostEnv['PATH'] ?? context.env['PATH']);
  return {
    input: await context.resolve('go', (pinned) => resolveGo(context, { ...request, wish, host }, pinned)),
    host,
  };
}

interface Search extends ToolchainRequest {
  readonly wish: VersionWish;
  readonly host: HostGoLookup;
}

async function resolveGo(
  context: BuiltinBuildContext,
  search: Search,
  pinned: string | undefined,
): Promise<ResolvedInput> {
  const { wish, host } = search;
  if (pinned !== undefined) return pinnedGo(search, pinned);
  if (host.found && isUsable(host.go.version) && wish.accepts(host.go.version)) {
    const { go } = host;
    const reason = `${wish.reason}; ${go.path} satisfies it`;
    return { name: 'go', value: goVersionName(go.version), reason, witnesses: go.witnesses };
  }
  const why = host.found
    ? `${host.go.path} is ${goVersionName(host.go.version)}`
    : (host.problem ?? 'there is no go on PATH');
  const version = await newestFitting(context, search, why);
  return { name: 'go', value: goVersionName(version), reason: `${wish.reason}; ${why}` };
}

// `go list -json=FIELDS` is of Go 1.19; older releases have had no security fixes since 2022.
const oldestUsable: GoVersion = { major: 1, minor: 19, stage: 'release', number: 0 };

function isUsable(version: GoVersion): boolean {
  return compareGoVersions(version, oldestUsable) >= 0;
}

function pinnedGo({ wish, host }: Search, pinned: string): ResolvedInput {
  const version = parseGoVersion(pinned);
  if (version === undefined || !wish.accepts(version)) {
    throw new TsbuildpackError('TOOLCHAIN_UNAVAILABLE', `Cannot build with the pinned ${pinned}: ${wish.reason}`, {
      hint: 'Build once without the pinned inputs, and use the new report',
    });
  }
  const fromHost = host.found && compareGoVersions(host.go.version, version) === 0 ? host.go.witnesses : undefined;
  return { name: 'go', value: pinned, reason: 'pinned', ...(fromHost === undefined ? {} : { witnesses: fromHost }) };
}

async function newestFitting(
  context: BuiltinBuildContext,
  { wish, download }: Search,
  why: string,
): Promise<GoVersion> {
  if (download.proxies.length === 0) {
    throw new TsbuildpackError(
      'TOOLCHAIN_UNAVAILABLE',
      `Cannot get a Go to build with: ${why}, ${wish.reason}, and GOPROXY names no module proxy`,
      {
        hint: 'Set GOPROXY=https://YOUR-MODULE-PROXY to have it fetched, or put a fitting go on PATH (https://go.dev/dl)',
      },
    );
  }
  // An exact version needs no list, and a proxy that only keeps what was once asked for may not list it.
  if (wish.exact !== undefined) return wish.exact;
  const versions = await listToolchains(context, download);
  const best = wish.choose(versions);
  if (best !== undefined) return best;
  throw new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot get a Go to build with: ${why}, ${wish.reason}, and the module proxy has none that fits`,
    {
      ...(versions.length === 0 ? {} : { detail: `It has ${versions.length} versions up to ${newestName(versions)}` }),
      hint: 'Ask for another version (BP_GO_VERSION, the go line of go.mod), or set GOPROXY to a module proxy that has it',
    },
  );
}

function newestName(versions: readonly GoVersion[]): string {
  const newest = versions.toSorted(compareGoVersions).at(-1);
  return newest === undefined ? '' : goVersionName(newest);
}
