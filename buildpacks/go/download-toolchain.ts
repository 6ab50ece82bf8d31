import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { saveDownload, TsbuildpackError } from '../../src/buildpack/builtin.ts';
import type { ChecksumDatabase } from './checksum-database.ts';
import { lookUpHash } from './checksum-database.ts';
import { parseGoVersion } from './go-version.ts';
import type { GoVersion } from './go-version.ts';
import type { OpenUrl, ProxyEntry } from './module-proxy.ts';
import { openFromProxies, readSmall } from './module-proxy.ts';
import { unpackToolchain } from './toolchain-archive.ts';

export interface DownloadSettings {
  readonly proxies: readonly ProxyEntry[];
  /** Undefined: the user switched verification off. */
  readonly database: ChecksumDatabase | undefined;
  readonly open: OpenUrl;
}

/** Every Go toolchain is a version of this module: https://go.dev/doc/toolchain#download */
const modulePath = 'golang.org/toolchain';

/** The Go versions that a module proxy has for the machine we run on. */
export async function listToolchains(
  { host }: Pick<BuiltinBuildContext, 'host'>,
  { proxies, open }: DownloadSettings,
): Promise<readonly GoVersion[]> {
  const answer = await openFromProxies(proxies, `${modulePath}/@v/list`, open);
  if (answer === undefined) return [];
  const lines = (await readSmall(answer.body, 'the list of Go toolchains')).toString('utf8').split('\n');
  const suffix = `.${host.os}-${host.arch}`;
  const names = lines.flatMap((line) => {
    const match = /^v0\.0\.1-(go[^ ]+)/.exec(line.trim());
    return match?.[1]?.endsWith(suffix) === true ? [match[1].slice(0, -suffix.length)] : [];
  });
  return names.map((name) => parseGoVersion(name)).filter((version) => version !== undefined);
}

export interface WantedToolchain {
  /** `go1.25.3` */
  readonly name: string;
  /** `linux-amd64` */
  readonly platform: string;
  /** Empty directory to unpack into. */
  readonly dir: string;
}

/**
 * Fetches a toolchain, checks it against the checksum database and unpacks it. The directory stays empty when anything is wrong.
 * Throws TOOLCHAIN_UNAVAILABLE.
 */
export async function downloadToolchain(
  context: Pick<BuiltinBuildContext, 'tmpDir' | 'report'>,
  { name, platform, dir }: WantedToolchain,
  settings: DownloadSettings,
): Promise<void> {
  const version = `v0.0.1-${name}.${platform}`;
  const { proxies, database, open } = settings;
  const answer = await openFromProxies(proxies, `${modulePath}/@v/${version}.zip`, open);
  if (answer === undefined) {
    throw new TsbuildpackError(
      'TOOLCHAIN_UNAVAILABLE',
      `Cannot get ${name} for ${platform}: no module proxy of GOPROXY has it`,
      {
        hint: 'Ask for another version with BP_GO_VERSION, or put a fitting go on PATH',
      },
    );
  }
  const zip = join(context.tmpDir, `${version}.zip`);
  const unpacked = join(dir, '.unpacked');
  try {
    await saveDownload(answer.body, zip, { report: context.report, label: `${name} for ${platform}` });
    const found = await unpackToolchain(zip, unpacked, `${modulePath}@${version}/`);
    if (database === undefined) {
      context.report({
        type: 'warning',
        message: `${name} was not checked against a checksum database`,
        hint: 'GOSUMDB=off asked for that',
      });
    } else {
      const expected = await lookUpHash({ path: modulePath, version }, database, { proxies, open });
      if (found !== expected) throw changed(name, answer.proxy, { found, expected });
    }
    for (const entry of await readdir(unpacked)) await rename(join(unpacked, entry), join(dir, entry));
  } finally {
    await rm(zip, { force: true });
    await rm(unpacked, { recursive: true, force: true });
  }
}

function changed(
  name: string,
  proxy: ProxyEntry,
  hashes: { readonly found: string; readonly expected: string },
): TsbuildpackError {
  const host = URL.canParse(proxy.url) ? new URL(proxy.url).host || proxy.url : proxy.url;
  return new TsbuildpackError(
    'TOOLCHAIN_UNAVAILABLE',
    `Cannot use ${name} from ${host}: it is not what the checksum database has`,
    {
      detail: `found ${hashes.found}, wanted ${hashes.expected}`,
      hint: 'Somebody changed it on the way: set GOPROXY to another module proxy',
    },
  );
}
