import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAptConfiguration } from '../../src/debian/apt-configuration.ts';
import { loginFor, parseLogins } from '../../src/debian/apt-logins.ts';
import { readAptNetwork } from '../../src/debian/apt-network.ts';
import { temporaryDir } from './archive-fixture.ts';

function aptDir(files: Readonly<Record<string, string>>): string {
  const dir = temporaryDir();
  for (const folder of ['apt.conf.d', 'auth.conf.d']) mkdirSync(join(dir, folder));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

describe('parseAptConfiguration()', () => {
  test('reads both ways of writing, comments, lists, and what is taken back', () => {
    const options = parseAptConfiguration([
      `// a comment; "with" { things }
Acquire::http::Proxy "http://one.example:3128/"; # another
Acquire {
  HTTP { Proxy::Mirror.Example "DIRECT"; Timeout "5"; };
  Retries 3;
};
/* several
   lines "x"; */
DPkg::Post-Invoke { "rm -f /x || true"; };
Acquire::Languages:: "none";
`,
      'Acquire::http::Timeout "7";\n#clear Acquire::Retries;\n',
    ]);
    expect(Object.fromEntries(options)).toEqual({
      'acquire::http::proxy': 'http://one.example:3128/',
      'acquire::http::proxy::mirror.example': 'DIRECT',
      'acquire::http::timeout': '7',
      'acquire::languages': 'none',
    });
  });

  test('ends with a text that makes no sense', () => {
    for (const text of ['}}}', '{{{', '"', 'a {', ';;;', '#clear']) expect(parseAptConfiguration([text]).size).toBe(0);
  });
});

describe('readAptNetwork()', () => {
  const url = (text: string): URL => new URL(text);

  test('takes the proxy of a host before that of all, and of https before that of http', () => {
    const { proxyFor } = readAptNetwork(
      aptDir({
        'apt.conf.d/10proxy': 'Acquire::http::Proxy "http://early.example:1";',
        'apt.conf.d/20proxy.conf': `Acquire::http::Proxy "http://all.example:1";
Acquire::http::Proxy::direct.example "DIRECT";
Acquire::https::Proxy::own.example "http://own-proxy.example:1";`,
        'apt.conf.d/30proxy.bak': 'Acquire::http::Proxy "http://backup.example:1";',
      }),
    );
    expect(proxyFor(url('http://mirror.example/'))).toBe('http://all.example:1');
    expect(proxyFor(url('https://mirror.example/'))).toBe('http://all.example:1');
    expect(proxyFor(url('http://direct.example/'))).toBe('direct');
    expect(proxyFor(url('https://own.example/'))).toBe('http://own-proxy.example:1');
    expect(readAptNetwork(aptDir({ 'apt.conf': '' })).proxyFor(url('http://mirror.example/'))).toBeUndefined();
    const later = aptDir({
      'apt.conf.d/1': 'Acquire::http::Proxy "http://a:1";',
      'apt.conf': 'Acquire::http::Proxy "false";',
    });
    expect(readAptNetwork(later).proxyFor(url('http://mirror.example/'))).toBe('direct');
  });

  test('reads logins of all files, and passes over those that are for root only', () => {
    const dir = aptDir({
      'auth.conf.d/a.conf': 'machine mirror.example login ann password first\n',
      'auth.conf': 'machine other.example\n  login bob\n  password second\n',
    });
    const { loginFor: login } = readAptNetwork(dir);
    expect(login(url('https://mirror.example/debian'))).toEqual({ login: 'ann', password: 'first' });
    expect(login(url('https://other.example/debian'))).toEqual({ login: 'bob', password: 'second' });
    chmodSync(join(dir, 'auth.conf'), 0o000);
    expect(() => readAptNetwork(dir)).not.toThrow();
    expect(readAptNetwork('/nonexistent').loginFor(url('https://mirror.example/'))).toBeUndefined();
  });
});

describe('loginFor()', () => {
  const logins = parseLogins(`# machine commented.example login x password x
machine https.example login tls password 1
machine http://plain.example login plain password 2
machine port.example:8443/debian login port password 3
machine user.example/a/ login path password 4`);
  const login = (address: string): string | undefined => loginFor(logins, new URL(address))?.login;

  test.each([
    ['https://https.example/x', 'tls'],
    ['http://https.example/x', undefined],
    ['https://sub.https.example/x', undefined],
    ['https://https.example.evil.example/x', undefined],
    ['https://https.example:8443/x', undefined],
    ['http://plain.example/x', 'plain'],
    ['https://plain.example/x', undefined],
    ['https://port.example:8443/debian/x', 'port'],
    ['https://port.example:8443/debian-security/x', undefined],
    ['https://port.example/debian/x', undefined],
    ['https://user.example/a/b', 'path'],
    ['https://user.example/b', undefined],
    ['https://commented.example/', undefined],
  ])('gives for %s the login %s', (address, expected) => {
    expect(login(address)).toBe(expected);
  });
});
