import { join } from 'node:path';
import type { AptConfiguration } from './apt-configuration.ts';
import { parseAptConfiguration } from './apt-configuration.ts';
import type { Login, MachineLogin } from './apt-logins.ts';
import { loginFor, parseLogins } from './apt-logins.ts';
import { configurationFiles, readOptional } from './read-apt-files.ts';

/** How apt of this machine reaches mirrors. */
export interface AptNetwork {
  /** An address, `direct`, or undefined where apt has no setting and the environment decides. */
  readonly proxyFor: (url: URL) => string | undefined;
  /** Who we are there, by auth.conf(5): for that host only. */
  readonly loginFor: (url: URL) => Login | undefined;
}

/** Reads apt.conf and auth.conf with their directories. What this user may not read is not there for them. */
export function readAptNetwork(aptDir: string): AptNetwork {
  const read = (folder: string, extension: 'conf', file: string): readonly string[] =>
    [...configurationFiles(join(aptDir, folder), [extension, '']), join(aptDir, file)].flatMap(
      (path) => readOptional(path) ?? [],
    );
  const configuration = parseAptConfiguration(read('apt.conf.d', 'conf', 'apt.conf'));
  const logins: readonly MachineLogin[] = read('auth.conf.d', 'conf', 'auth.conf').flatMap(parseLogins);
  return {
    proxyFor: (url) => aptProxy(configuration, url),
    loginFor: (url) => loginFor(logins, url),
  };
}

/** apt-transport-http(1) and apt-transport-https(1): a host's own setting first; what is not said for https is as for http. */
function aptProxy(configuration: AptConfiguration, { protocol, hostname }: URL): string | undefined {
  const schemes = protocol === 'https:' ? ['https', 'http'] : ['http'];
  const names = [`proxy::${hostname.toLowerCase()}`, 'proxy'].flatMap((option) =>
    schemes.map((scheme) => `acquire::${scheme}::${option}`),
  );
  const value = names.map((name) => configuration.get(name)).find((found) => found !== undefined && found !== '');
  return value !== undefined && /^(?:direct|false)$/i.test(value) ? 'direct' : value;
}
