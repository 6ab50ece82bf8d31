import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { detectHost } from '../../src/environment/detect-host.ts';
import { sharedDirectory } from '../temporary-directory.ts';

const folder = sharedDirectory('tsbuildpack-host');

/** A file that begins as an executable does whose loader is `loader`. */
function executableFor(loader: string): string {
  const file = join(folder, `program-${loader.replaceAll('/', '_')}`);
  writeFileSync(file, `\u007FELF${'\0'.repeat(600)}${loader}\0rest`, 'latin1');
  return file;
}

function fileWith(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, 'latin1');
  return file;
}

const glibc = fileWith('ld-linux-x86-64.so.2', 'x\0ld.so (Some GLIBC 2.36-9) stable release version 2.36.\nCopyright');
const musl = fileWith('ld-musl-aarch64.so.1', '\0musl libc (aarch64)\nVersion %s\n\u00001.2.5\0');

test('detectHost() finds the C library that this very process runs on', async () => {
  const host = await detectHost();
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  expect(host.os).toBe(process.platform);
  expect(host.libcVersion).toBe(header.glibcVersionRuntime ?? host.libcVersion);
});

test.each([
  {
    what: 'x64',
    facts: { platform: 'linux', arch: 'x64', executable: executableFor(glibc) },
    expected: { os: 'linux', arch: 'amd64', libc: 'glibc', libcVersion: '2.36' },
  },
  {
    what: 'Alpine on arm64',
    facts: { platform: 'linux', arch: 'arm64', executable: executableFor(musl) },
    expected: { os: 'linux', arch: 'arm64', libc: 'musl', libcVersion: '1.2.5' },
  },
  {
    what: 'a static Node',
    facts: { platform: 'linux', arch: 'x64', executable: executableFor('nothing') },
    expected: { os: 'linux', arch: 'amd64' },
  },
  {
    what: 'a Mac',
    facts: { platform: 'darwin', arch: 'arm64', executable: '/nonexistent' },
    expected: { os: 'darwin', arch: 'arm64' },
  },
  {
    what: 'Windows',
    facts: { platform: 'win32', arch: 'x64', executable: '/nonexistent' },
    expected: { os: 'windows', arch: 'amd64' },
  },
  {
    what: 'a Raspberry Pi',
    facts: { platform: 'linux', arch: 'arm', armVersion: '7', executable: executableFor('nothing') },
    expected: { os: 'linux', arch: 'arm', variant: 'v7' },
  },
  {
    what: 'POWER',
    facts: { platform: 'linux', arch: 'ppc64', executable: executableFor('nothing') },
    expected: { os: 'linux', arch: 'ppc64le' },
  },
])('detectHost() describes $what in the words of Go', async ({ facts, expected }) => {
  expect(await detectHost({ littleEndian: true, ...facts })).toEqual(expected);
});
