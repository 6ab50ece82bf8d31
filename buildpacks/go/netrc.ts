import { join } from 'node:path';
import { readableText } from '../../src/buildpack/builtin.ts';

/** Where the user's netrc file is; it need not exist. https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html */
export function netrcPath(hostEnv: Readonly<Record<string, string>>): string | undefined {
  const named = hostEnv['NETRC'];
  if (named !== undefined && named !== '') return named;
  const home = hostEnv['HOME'];
  return home === undefined || home === '' ? undefined : join(home, '.netrc');
}

/**
 * User name and password for a host, from a netrc file; undefined when it names none or cannot be read. Go since 1.24 looks for
 * `HOST:PORT` where there is a port, everything else for `HOST`: both are taken.
 */
export function netrcLogin(
  file: string | undefined,
  { host, hostname }: URL,
): { login: string; password: string } | undefined {
  const text = file === undefined ? undefined : readableText(file);
  if (text === undefined) return undefined;
  return parseNetrc(text).find(({ machine }) => machine === host || machine === hostname || machine === undefined);
}

interface Entry {
  /** Undefined for the entry `default`. */
  readonly machine: string | undefined;
  login: string;
  password: string;
}

/** As the go command reads it: macros and comments are skipped. */
export function parseNetrc(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  const words = withoutMacros(text).split(/\s+/);
  for (let index = 0; index < words.length; index += 1) {
    const value = words[index + 1] ?? '';
    const current = entries.at(-1);
    if (words[index] === 'default') {
      entries.push({ machine: undefined, login: '', password: '' });
      continue;
    }
    if (words[index] === 'machine') entries.push({ machine: value, login: '', password: '' });
    else if (words[index] === 'login' && current !== undefined) current.login = value;
    else if (words[index] === 'password' && current !== undefined) current.password = value;
    else continue;
    index += 1;
  }
  return entries;
}

/** A macro goes up to the next empty line. */
function withoutMacros(text: string): string {
  return text.replaceAll(/^[ \t]*macdef[^\n]*(?:\n[^\n]+)*/gm, '').replaceAll(/^[ \t]*#.*$/gm, '');
}
