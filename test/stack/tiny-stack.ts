import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestMirror, type TestMirror, type TestMirrorOptions } from '../debian/mirror.ts';
import type { TestPackage } from '../debian/deb.ts';

/** A stack of two tiny packages, and a mirror that has them. */
export interface TinyStack {
  /** For `loadStack`. */
  readonly directory: string;
  readonly mirror: TestMirror;
  /** Puts other packages into the mirror. */
  update(packages: readonly TestPackage[], options?: Partial<TestMirrorOptions>): Promise<void>;
}

export const greeting: TestPackage = {
  name: 'greeting',
  version: '1.0-1',
  fields: { Depends: 'words (>= 1.0)' },
  files: { '/usr/share/greeting/hello': 'hello\n', '/usr/share/doc/greeting/README': 'long\n' },
};

export const words: TestPackage = {
  name: 'words',
  version: '1.0-1',
  files: { '/usr/share/words/list': 'hello\n' },
};

/** Of the build half. */
export const tools: TestPackage = {
  name: 'tools',
  fields: { Depends: 'greeting' },
  files: { '/usr/bin/tool': 'tool\n' },
};

export const newerWords: TestPackage = {
  ...words,
  version: '1.0-2',
  files: { '/usr/share/words/list': 'hello, world\n' },
};

/** `stacks/tiny`, and `stacks/more` that extends it. */
export async function tinyStack(dir: string): Promise<TinyStack> {
  const place = join(dir, 'mirror');
  const mirror = await makeTestMirror(place, { suites: { trixie: [greeting, words], 'trixie-security': [] } });
  const directory = join(dir, 'stacks', 'tiny');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'archive.pgp'), mirror.key.publicKey);
  writeFileSync(join(directory, 'stack.toml'), tinyToml);
  mkdirSync(join(dir, 'stacks', 'more'));
  writeFileSync(join(dir, 'stacks', 'more', 'stack.toml'), moreToml);
  return {
    directory,
    mirror,
    update: async (packages, options) => {
      await makeTestMirror(place, {
        suites: { trixie: packages, 'trixie-security': [] },
        key: mirror.key,
        ...options,
      });
    },
  };
}

const tinyToml = `description = "two tiny packages"

[distribution]
id = "debian"
version = "13"
codename = "trixie"
suites = ["trixie", "trixie-security"]
keys = ["archive.pgp"]

[run]
from = "packages"
packages = ["greeting"]
fallback = "docker.io/library/debian:trixie-slim"
uid = 1002
gid = 1000
home = "/home/app"

[run.env]
PATH = "/usr/bin"

[[run.directories]]
path = "/tmp"
mode = "1777"

[build]
from = "packages"
packages = ["tools"]
uid = 1001
gid = 1000
home = "/home/app"

[[users]]
name = "app"
uid = 1002
gid = 1000
home = "/home/app"

[install]
drop = ["/usr/share/doc/**"]
`;

const moreToml = `description = "one more"
extends = "tiny"

[run]
packages = ["more"]

[[users]]
name = "helper"
uid = 1003
gid = 1000
`;
