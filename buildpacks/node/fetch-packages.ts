import { existsSync } from 'node:fs';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { TsbuildpackError } from '../../src/buildpack/builtin.ts';
import { explainInstall } from './explain-install.ts';
import { lendGitFiles } from './lend-git-files.ts';
import { lendNpmrc } from './lend-npmrc.ts';
import type { NodeTools } from './node-tools.ts';
import type { NpmSettings } from './npm-settings.ts';

export interface FetchOptions {
  /** Host path of the directory to install in. */
  readonly dir: string;
  /** The lockfile there; undefined: npm decides about versions. */
  readonly lockfile: string | undefined;
  /** Inside path of npm's own cache. */
  readonly cache: string;
  /** More arguments: `--omit=dev`, `--cpu=arm64`. */
  readonly args: readonly string[];
  readonly settings: NpmSettings;
}

/**
 * Fetches and unpacks packages. No code of a package runs: this is the one step that holds credentials, in files that are gone when it ends.
 * Throws BUILD_FAILED, NETWORK_UNAVAILABLE.
 */
export async function fetchPackages(
  context: BuiltinBuildContext,
  npm: NodeTools['npm'],
  { dir, lockfile, cache, args, settings }: FetchOptions,
): Promise<void> {
  const command = lockfile === undefined ? ['install', '--package-lock=false'] : ['ci'];
  const { env, readable } = fetchingNetwork(context, settings);
  const result = await lendGitFiles(context, () =>
    lendNpmrc(context, settings, (npmrc) =>
      npm([...command, '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', ...args], {
        cwd: dir,
        variables: 'none',
        // The variable, not only the flag: npm starts another npm for a git dependency.
        env: { ...env, npm_config_userconfig: npmrc, npm_config_cache: cache, npm_config_ignore_scripts: 'true' },
        readable,
        // What it says of an error is explained below; npm adds its whole manual.
        show: false,
      }),
    ),
  );
  if (result.exitCode === 0) return;
  const failure = explainInstall(result.stderr, { lockfile });
  throw new TsbuildpackError(failure.code, `Cannot install the dependencies: ${failure.why}`, {
    ...(failure.detail !== undefined && { detail: failure.detail }),
    hint: failure.hint,
  });
}

/** Proxies with their passwords, and certificates. */
function fetchingNetwork(
  { hostEnv }: Pick<BuiltinBuildContext, 'hostEnv'>,
  { network, credentials }: NpmSettings,
): { readonly env: Record<string, string>; readonly readable: readonly string[] } {
  const names = [
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'SSL_CERT_FILE',
    'NODE_EXTRA_CA_CERTS',
  ];
  const given = names.flatMap((name) =>
    hostEnv[name] === undefined || hostEnv[name] === '' ? [] : [[name, hostEnv[name]] as const],
  );
  const authorities = hostEnv['SSL_CERT_FILE'];
  const files = [
    ...[...network, ...credentials]
      .filter(({ key }) => /(?:^cafile|:certfile|:keyfile)$/.test(key))
      .map(({ value }) => value),
    ...['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].flatMap((name) => hostEnv[name] ?? []),
  ];
  return {
    env: { ...Object.fromEntries(given), ...(authorities !== undefined && { GIT_SSL_CAINFO: authorities }) },
    readable: files.filter((path) => path !== '' && existsSync(path)),
  };
}
