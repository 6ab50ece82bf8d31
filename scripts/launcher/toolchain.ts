import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';
import { foreignMusl } from './foreign-musl.ts';

/** A platform that the launcher is built for, and what builds it. */
export interface Target {
  readonly platform: 'linux-amd64' | 'linux-arm64';
  readonly compiler: string;
  readonly linkFlags: readonly string[];
  /** Where the C library is, and the version of its Debian package. */
  musl(): Musl;
}

export interface Musl {
  readonly version: string;
  readonly include: string;
  readonly lib: string;
}

export const launcherSources: string = join(repositoryRoot, 'launcher', 'src');

export const targets: readonly Target[] = [
  {
    platform: 'linux-amd64',
    compiler: 'x86_64-linux-gnu-gcc',
    linkFlags: ['-Wl,-z,max-page-size=0x1000'],
    musl: () => muslFor('amd64', 'x86_64-linux-musl'),
  },
  {
    platform: 'linux-arm64',
    compiler: 'aarch64-linux-gnu-gcc',
    // Kernels with pages of 64 KiB refuse to load anything aligned for less. Without separate read-only segments for
    // headers and constants two such gaps fewer are in the file.
    linkFlags: ['-Wl,-z,max-page-size=0x10000', '-Wl,-z,noseparate-code'],
    musl: () => muslFor('arm64', 'aarch64-linux-musl'),
  },
];

const warnings = [
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wconversion',
  '-Wshadow',
  '-Wstrict-prototypes',
  '-Wmissing-prototypes',
  '-Wundef',
  '-Wvla',
  '-Wwrite-strings',
  '-Werror',
];

/** What every build of the sources uses, also those for tests with other libraries and sanitizers. */
export const languageFlags: readonly string[] = ['-std=c11', '-D_GNU_SOURCE', ...warnings];

const codeFlags = [
  '-Os',
  '-fPIE',
  '-fstack-protector-strong',
  '-fno-asynchronous-unwind-tables',
  '-fno-unwind-tables',
  '-ffunction-sections',
  '-fdata-sections',
];

const linkFlags = [
  '-static-pie',
  '-nostdlib',
  '-s',
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-Wl,--hash-style=gnu',
  '-Wl,-z,relro,-z,now,-z,noexecstack',
];

/** The C files, sorted. */
export function sourceFiles(): string[] {
  return readdirSync(launcherSources)
    .filter((name) => name.endsWith('.c'))
    .toSorted()
    .map((name) => join(launcherSources, name));
}

/** Compiles and links the launcher for the target into the file `output`. Rejects with the compiler's messages. */
export function compile(target: Target, output: string): void {
  const musl = target.musl();
  const libgcc = run(target.compiler, ['-print-libgcc-file-name']);
  const crt = (name: string): string => join(musl.lib, name);
  run(target.compiler, [
    ...languageFlags,
    ...codeFlags,
    '-nostdinc',
    `-isystem${musl.include}`,
    ...linkFlags,
    ...target.linkFlags,
    '-o',
    output,
    crt('rcrt1.o'),
    crt('crti.o'),
    ...sourceFiles(),
    '-Wl,--start-group',
    crt('libc.a'),
    libgcc,
    '-Wl,--end-group',
    crt('crtn.o'),
  ]);
}

/** Compiler, linker and C library, as they name themselves: equal versions give equal bytes. */
export function toolchainVersions(target: Target): Record<'compiler' | 'linker' | 'musl', string> {
  const firstLine = (text: string): string => text.split('\n')[0] ?? '';
  return {
    compiler: firstLine(run(target.compiler, ['--version'])),
    linker: firstLine(run(run(target.compiler, ['-print-prog-name=ld']), ['--version'])),
    musl: target.musl().version,
  };
}

/** sha256 over the names and contents of all sources, and the flags. */
export function sourceDigest(): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([languageFlags, codeFlags, linkFlags, targets.map((target) => target.linkFlags)]));
  for (const name of readdirSync(launcherSources).toSorted()) {
    const content = readFileSync(join(launcherSources, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return `sha256:${hash.digest('hex')}`;
}

function muslFor(architecture: 'amd64' | 'arm64', triple: string): Musl {
  const isNative = run('dpkg', ['--print-architecture']) === architecture;
  const { root, version } = isNative
    ? { root: '/', version: run('dpkg-query', ['-W', '-f=${Version}', 'musl-dev']) }
    : foreignMusl(architecture);
  return { version, include: join(root, 'usr/include', triple), lib: join(root, 'usr/lib', triple) };
}

function run(file: string, args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).trim();
}
