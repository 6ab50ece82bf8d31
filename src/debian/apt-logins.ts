export interface Login {
  readonly login: string;
  readonly password: string;
}

/** An entry of apt_auth.conf(5). */
export interface MachineLogin extends Login {
  /** `https://mirror.example:8443/debian`, `mirror.example`. */
  readonly machine: string;
}

export function parseLogins(text: string): readonly MachineLogin[] {
  const words = text
    .split('\n')
    .flatMap((line) => (line.trimStart().startsWith('#') ? [] : line.split(/\s+/)))
    .filter((word) => word !== '');
  const logins: { machine: string; login: string; password: string }[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [key, value = ''] = words.slice(at, at + 2);
    const last = logins.at(-1);
    if (key === 'machine') logins.push({ machine: value, login: '', password: '' });
    else if (key === 'login' && last !== undefined) last.login = value;
    else if (key === 'password' && last !== undefined) last.password = value;
  }
  return logins;
}

/** The first entry whose host is this host, whose port this port, and whose path leads here. Without a scheme an entry is for https only. */
export function loginFor(logins: readonly MachineLogin[], url: URL): Login | undefined {
  const found = logins.find(({ machine }) => {
    const text = machine.includes('://') ? machine : `https://${machine}`;
    if (!URL.canParse(text)) return false;
    const { protocol, host, pathname } = new URL(text);
    return protocol === url.protocol && host === url.host && isPathBelow(url.pathname, pathname);
  });
  return found && { login: found.login, password: found.password };
}

function isPathBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(above.endsWith('/') ? above : `${above}/`);
}
