import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startsHere } from '../../src/environment/foreign-programs.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

/** As Debian's qemu-user-static registers it: the header of a 64-bit program, in either byte order. */
function entry(state: string, magic: string): string {
  return `${state}\ninterpreter /usr/libexec/qemu-binfmt/x\nflags: POCF\noffset 0\nmagic ${magic}\nmask ${'ff'.repeat(magic.length / 2)}\n`;
}

const arm64 = '7f454c460201010000000000000000000200b700';
const s390x = '7f454c4602020100000000000000000000020016';
const python = '420d0d0a';

function binfmt(files: Readonly<Record<string, string>>): string {
  const dir = temporaryDirectory('binfmt');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

test.each([
  { what: 'its own', arch: 'amd64', files: {}, starts: 'yes' },
  {
    what: 'with an emulator',
    arch: 'arm64',
    files: { status: 'enabled\n', arm: entry('enabled', arm64) },
    starts: 'yes',
  },
  {
    what: 'big-endian, with an emulator',
    arch: 's390x',
    files: { status: 'enabled\n', z: entry('enabled', s390x) },
    starts: 'yes',
  },
  {
    what: 'with an emulator that is switched off',
    arch: 'arm64',
    files: { status: 'enabled\n', arm: entry('disabled', arm64) },
    starts: 'no',
  },
  {
    what: 'with all emulators switched off',
    arch: 'arm64',
    files: { status: 'disabled\n', arm: entry('enabled', arm64) },
    starts: 'no',
  },
  {
    what: 'with emulators of others',
    arch: 'riscv64',
    files: { status: 'enabled\n', arm: entry('enabled', arm64), python: entry('enabled', python) },
    starts: 'no',
  },
  { what: 'what the kernel may start by itself', arch: '386', files: { status: 'enabled\n' }, starts: 'unknown' },
  { what: 'no emulators in sight', arch: 'arm64', files: {}, starts: 'unknown' },
])('startsHere() says $starts: $what', ({ arch, files, starts }) => {
  const binfmtDir = binfmt(files);
  writeFileSync(join(binfmtDir, 'register'), '');
  chmodSync(join(binfmtDir, 'register'), 0o200);
  expect(startsHere(arch, { host: 'amd64', binfmtDir })).toBe(starts);
});
