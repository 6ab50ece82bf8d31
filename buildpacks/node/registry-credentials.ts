import type { NpmSettings } from './npm-settings.ts';
import type { NpmrcEntry } from './npmrc.ts';

/**
 * The header that says who we are to an address, as npm finds it: the settings of the longest `//host/path/` that the address begins with.
 * Undefined: nobody. npm's documentation, configuring-npm/npmrc#auth-related-configuration
 */
export function authorizationFor(url: URL, { credentials }: Pick<NpmSettings, 'credentials'>): string | undefined {
  const parts = url.pathname.split('/');
  for (let count = parts.length; count > 0; count -= 1) {
    const path = parts.slice(0, count).join('/');
    for (const prefix of new Set([`//${url.host}${path}/`, `//${url.host}${path}`])) {
      const found = authorization(prefix, credentials);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function authorization(prefix: string, credentials: readonly NpmrcEntry[]): string | undefined {
  const of = (name: string): string | undefined => credentials.find(({ key }) => key === `${prefix}:${name}`)?.value;
  const token = of('_authToken');
  if (token !== undefined) return `Bearer ${token}`;
  const basic = of('_auth');
  if (basic !== undefined) return `Basic ${basic}`;
  const [user, password] = [of('username'), of('_password')];
  if (user === undefined || password === undefined) return undefined;
  const plain = Buffer.from(password, 'base64').toString('utf8');
  return `Basic ${Buffer.from(`${user}:${plain}`, 'utf8').toString('base64')}`;
}
