import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadStack, stackNames, stacksDir } from '../../src/stack/load-stack.ts';
import { parseStackDocument } from '../../src/stack/stack-document.ts';
import { stackHalf } from '../../src/stack/stack-half.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const users = `description = "x"
[build]
from = "host"
uid = 1001
gid = 1000
[run]
from = "files"
uid = 1002
gid = 1000
home = "/home/x"
`;

const nothing = { packages: [], without: [], env: {}, files: [], directories: [], links: [], copies: [], joins: [] };

test('parseStackDocument() fills in owners and modes', () => {
  const text = `${users}
[[run.files]]
path = "/etc/passwd"
source = "passwd"
[[run.directories]]
path = "/tmp"
mode = "1777"
[[run.links]]
path = "/bin"
target = "usr/bin"
`;
  expect(parseStackDocument(text, 'stack.toml')).toEqual({
    description: 'x',
    build: { ...nothing, from: 'host', uid: 1001, gid: 1000 },
    run: {
      ...nothing,
      from: 'files',
      uid: 1002,
      gid: 1000,
      home: '/home/x',
      files: [{ path: '/etc/passwd', source: 'passwd', mode: 0o644, uid: 0, gid: 0 }],
      directories: [{ path: '/tmp', mode: 0o1777, uid: 0, gid: 0 }],
      links: [{ path: '/bin', target: 'usr/bin' }],
    },
    users: [],
    groups: [],
    install: { without: [], drop: [], keep: [], setid: 'drop', scripts: [], 'generated-sections': [] },
  });
});

test('parseStackDocument() says of a key that it is unknown or missing', () => {
  const parse = (text: string) => () => parseStackDocument(text, 'stack.toml');
  expect(parse('description = "x"\nrun.package = ["curl"]\n')).toThrow(
    '"stack.toml": run.package: there is no such key',
  );
  expect(parse('extends = "base"\n')).toThrow('"stack.toml": description: it is missing');
});

test.each([
  { what: 'an unknown key', text: users.replace('home', 'hoem = "/x"\nhome'), names: 'run.hoem' },
  {
    what: 'an unknown key of a file',
    text: `${users}[[run.files]]\npath = "/a"\nsource = "a"\nmod = "1"`,
    names: 'run.files.0.mod',
  },
  { what: 'equal users', text: users.replace('1001', '1002'), names: 'build.uid and run.uid must differ' },
  {
    what: 'a relative path',
    text: `${users}[[run.directories]]\npath = "tmp"`,
    names: 'run.directories.0.path: it must be an absolute path',
  },
  { what: 'a path that leaves', text: `${users}[[run.directories]]\npath = "/a/../b"`, names: 'it must not hold' },
  {
    what: 'a source elsewhere',
    text: `${users}[[run.files]]\npath = "/a"\nsource = "../a"`,
    names: 'run.files.0.source',
  },
  {
    what: 'a mode that is no text',
    text: `${users}[[run.directories]]\npath = "/a"\nmode = 755`,
    names: 'run.directories.0.mode',
  },
  {
    what: 'files of scratch',
    text: `${users.replace('files', 'scratch')}[[run.directories]]\npath = "/a"`,
    names: 'has no files',
  },
  { what: 'what is no TOML', text: 'x', names: 'Cannot read "stack.toml"' },
])('parseStackDocument() refuses $what', ({ text, names }) => {
  expect(() => parseStackDocument(text, 'stack.toml')).toThrow(names);
});

test('loadStack() knows the built-in stacks and names them to who asks for another', () => {
  expect(stackNames()).toEqual(['base', 'scratch', 'shell', 'static']);
  for (const name of stackNames()) {
    const [build, run] = [stackHalf(loadStack(name), 'build'), stackHalf(loadStack(name), 'run')];
    expect([build.uid, build.gid, run.uid, run.gid]).toEqual([1001, 1000, 1002, 1000]);
  }
  expect(() => loadStack('bookworm')).toThrow('Cannot find stack "bookworm"');
  expect(() => loadStack('/nowhere/static')).toThrow('Cannot find a stack in "/nowhere/static"');
});

test('loadStack() has another digest when a file changes', () => {
  const dir = temporaryDirectory('stacks');
  mkdirSync(join(dir, 'mine'));
  writeFileSync(join(dir, 'mine/stack.toml'), `${users}[[run.files]]\npath = "/motd"\nsource = "motd"`);
  expect(() => loadStack(join(dir, 'mine'))).toThrow('motd" cannot be read');
  const digests = ['one', 'two'].map((text) => {
    writeFileSync(join(dir, 'mine/motd'), text);
    return loadStack(join(dir, 'mine')).digest;
  });
  expect(digests[0]).not.toBe(digests[1]);
});

test('the CA bundle of static is whole and is the one that its README tells of', () => {
  const text = readFileSync(join(stacksDir(), 'static/ca-certificates.crt'), 'utf8');
  const certificates = text.match(/-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n/g) ?? [];
  expect(certificates.join('')).toBe(text);
  const authorities = certificates.map((certificate) => new X509Certificate(certificate));
  // Roots sign themselves. A certificate that a company put on the machine of a developer is not Mozilla's.
  expect(authorities.filter((certificate) => !certificate.ca || certificate.issuer !== certificate.subject)).toEqual(
    [],
  );
  const readme = readFileSync(join(stacksDir(), 'static/README.md'), 'utf8');
  expect(readme).toContain(`all ${certificates.length} files`);
});

test('loadStack() refuses what is named like a built-in stack, extends itself, or extends nothing that is there', () => {
  const dir = temporaryDirectory('stacks');
  const write = (name: string, text: string): string => {
    mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, name, 'stack.toml'), text);
    return join(dir, name);
  };
  const base = write('base', 'description = "x"\nextends = "static"\n');
  expect(() => loadStack(base)).toThrow('"base" is the name of a built-in stack');
  const [one] = [
    write('one', 'description = "x"\nextends = "two"\n'),
    write('two', 'description = "x"\nextends = "one"\n'),
  ];
  expect(() => loadStack(one)).toThrow('it extends itself');
  expect(() => loadStack(write('lost', 'description = "x"\nextends = "nowhere"\n'))).toThrow(
    'neither beside it nor built in',
  );
  const fine = loadStack(write('fine', 'description = "x"\nextends = "static"\n'));
  expect(stackHalf(fine, 'run')).toMatchObject({
    uid: 1002,
    home: '/home/cnb',
    parts: [{ stack: { name: 'static' } }],
  });
});

test('stackHalf() stands a build half on its own run half, and takes no files on top of an image of others', () => {
  const dir = temporaryDirectory('stacks');
  const write = (name: string, text: string): string => {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'stack.toml'), `description = "x"\n${text}`);
    return join(dir, name);
  };
  const tools = loadStack(
    write('tools', 'extends = "static"\n[build]\nfrom = "files"\n[[build.directories]]\npath = "/opt"\n'),
  );
  const parts = stackHalf(tools, 'build').parts.map(({ stack, half }) => `${stack.name} ${half}`);
  expect(parts).toEqual(['static run', 'tools build']);
  const theirs = '[run]\nfrom = "image"\nimage = "x"\nuid = 1\ngid = 1\n[build]\nfrom = "host"\nuid = 2\ngid = 1\n';
  write('theirs', theirs);
  const named = loadStack(write('named', 'extends = "theirs"\n'));
  expect(stackHalf(named, 'run')).toMatchObject({ kind: 'image', image: 'x', uid: 1 });
  const files = '[[run.directories]]\npath = "/opt"\n';
  for (const [name, text] of [
    ['on-top', `extends = "theirs"\n${files}`],
    ['on-top-again', `extends = "theirs"\n[run]\nfrom = "files"\n${files}`],
  ] as const)
    expect(() => stackHalf(loadStack(write(name, text)), 'run')).toThrow(
      'its run half is an image of others and takes no files',
    );
});
