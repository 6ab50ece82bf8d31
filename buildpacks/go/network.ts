import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltinBuildContext } from '../../src/buildpack/builtin.ts';
import { parseGosumdb } from './checksum-database.ts';
import type { DownloadSettings } from './download-toolchain.ts';
import { findHostGo } from './host-go.ts';
import { parseGoproxy } from './module-proxy.ts';
import { openUrlFor } from './open-url.ts';
import type { GoSetting, UserGoSettings } from './user-go-settings.ts';
import { networkVariables, parseEnvFile } from './user-go-settings.ts';

const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** The module proxy that counts: BP_GO_PROXY, else GOPROXY of the user, else what the distribution on PATH has for a default. */
function goproxyOf(
  context: Pick<BuiltinBuildContext, 'env' | 'hostEnv'>,
  settings: UserGoSettings,
): GoSetting | undefined {
  const own = context.env['BP_GO_PROXY'];
  if (own !== undefined && own !== '') return { value: own, where: 'BP_GO_PROXY' };
  const users = settings.get('GOPROXY');
  if (users !== undefined) return users;
  const host = findHostGo(context.hostEnv['PATH']);
  if (!host.found) return undefined;
  const file = join(host.go.root, 'go.env');
  const value = parseEnvFile(file).get('GOPROXY');
  return value === undefined || value === '' ? undefined : { value, where: file };
}

/** How a toolchain is fetched, should one be needed. */
export function downloadSettings(context: BuiltinBuildContext, settings: UserGoSettings): DownloadSettings {
  const proxies = parseGoproxy(goproxyOf(context, settings)?.value ?? '');
  const { hostEnv, signal } = context;
  return {
    proxies,
    database: parseGosumdb(settings.get('GOSUMDB')?.value),
    open: openUrlFor({ hostEnv, proxies, signal }),
  };
}

/** Variables for a go command that may fetch modules, and the files of the user that it has to read for that. */
export function networkEnv(
  context: Pick<BuiltinBuildContext, 'env' | 'hostEnv'>,
  settings: UserGoSettings,
): { env: Record<string, string>; readable: string[] } {
  const { hostEnv } = context;
  const goproxy = goproxyOf(context, settings);
  const modules = networkVariables.flatMap((name) => {
    const setting = name === 'GOPROXY' ? goproxy : settings.get(name);
    return setting === undefined ? [] : [[name, setting.value] as const];
  });
  const proxies = proxyVariables.flatMap((name) => given(name, hostEnv[name]));
  const certificates = ['SSL_CERT_FILE', 'SSL_CERT_DIR'].flatMap((name) => given(name, hostEnv[name]));
  const forGit = certificates.flatMap(([name, value]) =>
    name === 'SSL_CERT_FILE' ? [['GIT_SSL_CAINFO', value] as const] : [],
  );
  return {
    env: {
      ...Object.fromEntries([...modules, ...proxies, ...certificates, ...forGit]),
      // Nobody is there to answer.
      GIT_TERMINAL_PROMPT: '0',
    },
    readable: certificates
      .flatMap(([name, value]) => (name === 'SSL_CERT_DIR' ? value.split(':') : [value]))
      .filter((path) => existsSync(path)),
  };
}

function given(name: string, value: string | undefined): (readonly [string, string])[] {
  return value === undefined || value === '' ? [] : [[name, value]];
}
