import { expect, test } from 'vitest';
import { bytesReader, parseElf } from '../../src/elf/parse-elf.ts';
import type { ElfFile } from '../../src/elf/elf-file.ts';
import type { BinaryVerdict, CheckBinaryOptions } from '../../src/stack/check-binary.ts';
import { checkBinary, newestVersion } from '../../src/stack/check-binary.ts';
import { imageFiles, type ImageFiles } from '../../src/stack/image-files.ts';
import { flattenScans, scanLayer } from '../../src/stack/layer-scan.ts';
import type { ElfParts } from '../elf/make-elf.ts';
import { makeElf } from '../elf/make-elf.ts';
import type { LayerContent } from './layer-fixture.ts';
import { layerOf } from './layer-fixture.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';
const musl = '/lib/ld-musl-x86_64.so.1';

function library(parts: ElfParts): Uint8Array {
  return makeElf({ type: 3, ...parts });
}

const glibcBase: LayerContent = {
  'lib64/ld-linux-x86-64.so.2': library({ soname: 'ld-linux-x86-64.so.2' }),
  lib: '-> usr/lib',
  'usr/lib/x86_64-linux-gnu/libc.so.6': library({
    soname: 'libc.so.6',
    defines: ['GLIBC_2.2.5', 'GLIBC_2.9', 'GLIBC_2.36'],
  }),
  'usr/lib/x86_64-linux-gnu/libssl.so.3': library({ soname: 'libssl.so.3', needed: ['libcrypto.so.3'] }),
  'usr/lib/x86_64-linux-gnu/libplain.so': library({ soname: 'libplain.so' }),
  'etc/ld.so.conf': '# comment\ninclude /etc/ld.so.conf.d/*.conf\n',
  'etc/ld.so.conf.d/acme.conf': '/opt/acme/lib\n',
  'opt/acme/lib/libacme.so': library({ soname: 'libacme.so' }),
  'usr/lib32/libother.so': library({ soname: 'libother.so', machine: 3, bits: 32 }),
  'usr/lib/libother.so': library({ soname: 'libother.so', machine: 183 }),
  'app/lib/libown.so': library({ soname: 'libown.so', needed: ['libdeep.so'], runpath: '$ORIGIN/deep' }),
  'app/lib/deep/libdeep.so': library({ soname: 'libdeep.so' }),
};

const muslBase: LayerContent = {
  'lib/ld-musl-x86_64.so.1': library({ soname: 'libc.musl-x86_64.so.1' }),
  'lib/libc.musl-x86_64.so.1': '-> ld-musl-x86_64.so.1',
  'usr/lib/libstdc++.so.6': library({ soname: 'libstdc++.so.6', needed: ['libc.musl-x86_64.so.1'] }),
};

async function filesOf(content: LayerContent): Promise<ImageFiles> {
  return imageFiles(flattenScans([await scanLayer(await layerOf(content))]));
}

async function elfOf(parts: ElfParts): Promise<ElfFile> {
  const result = await parseElf(bytesReader(makeElf(parts)));
  if (result.result !== 'elf') throw new Error(result.result);
  return result.elf;
}

interface Case {
  readonly what: string;
  readonly binary: ElfParts;
  readonly base?: LayerContent;
  readonly options?: Partial<CheckBinaryOptions>;
  readonly reasons?: readonly string[];
}

const cases: readonly Case[] = [
  { what: 'a static program on nothing', binary: {}, base: {} },
  { what: 'a static program that can be anywhere', binary: { type: 3, pie: true }, base: {} },
  {
    what: 'a program with its C library',
    binary: { interpreter: loader, needed: ['libc.so.6'], needs: [{ library: 'libc.so.6', versions: ['GLIBC_2.9'] }] },
  },
  {
    what: 'one without its loader',
    binary: { interpreter: loader, needed: ['libc.so.6'] },
    base: {},
    reasons: [`needs the loader ${loader}, which the run image does not have`],
  },
  { what: 'another architecture', binary: { machine: 183 }, reasons: ['is for arm64, the run image is for amd64'] },
  {
    what: 'an architecture without a name',
    binary: { machine: 4711 },
    reasons: ['is for machine 4711, the run image is for amd64'],
  },
  {
    what: 'a FreeBSD program',
    binary: { osAbi: 9 },
    reasons: ['is for another operating system (ABI 9), the run image is for linux'],
  },
  { what: 'a library', binary: { type: 3, soname: 'libx.so' }, reasons: ['is no program but a shared library'] },
  { what: 'an object file', binary: { type: 1 }, reasons: ['is no program but a relocatable'] },
  {
    what: 'a newer C library',
    binary: {
      interpreter: loader,
      needed: ['libc.so.6'],
      needs: [{ library: 'libc.so.6', versions: ['GLIBC_2.2.5', 'GLIBC_2.38'] }],
    },
    reasons: ['needs GLIBC_2.38 of libc.so.6, the run image has at most GLIBC_2.36'],
  },
  {
    what: 'a version of another family',
    binary: {
      interpreter: loader,
      needed: ['libc.so.6'],
      needs: [{ library: 'libc.so.6', versions: ['GLIBCXX_3.4'] }],
    },
    reasons: ['needs GLIBCXX_3.4 of libc.so.6, the run image has no such version'],
  },
  {
    what: 'a newer version that it could do without',
    binary: {
      interpreter: loader,
      needed: ['libc.so.6'],
      needs: [{ library: 'libc.so.6', versions: ['GLIBC_2.99'], weak: true }],
    },
  },
  {
    what: 'a version of a library that has none',
    binary: {
      interpreter: loader,
      needed: ['libplain.so'],
      needs: [{ library: 'libplain.so', versions: ['PLAIN_1'] }],
    },
  },
  {
    what: 'libraries that are missing, also those of libraries',
    binary: { interpreter: loader, needed: ['libssl.so.3', 'libz.so.1', 'libssl.so.3'] },
    reasons: [
      'needs libz.so.1, which the run image does not have',
      'needs libcrypto.so.3 (for libssl.so.3), which the run image does not have',
    ],
  },
  { what: 'a library in a configured directory', binary: { interpreter: loader, needed: ['libacme.so'] } },
  {
    what: 'a library that is there for other machines only',
    binary: { interpreter: loader, needed: ['libother.so'] },
    reasons: ['needs libother.so, which the run image does not have'],
  },
  {
    what: 'its own libraries by runpath',
    binary: { interpreter: loader, needed: ['libown.so'], runpath: '${ORIGIN}/../lib' },
  },
  { what: 'its own libraries by rpath', binary: { interpreter: loader, needed: ['libown.so'], rpath: '/app/lib' } },
  {
    what: 'an rpath that a runpath replaces',
    binary: { interpreter: loader, needed: ['libown.so'], rpath: '/app/lib', runpath: '/x' },
    reasons: ['needs libown.so, which the run image does not have'],
  },
  {
    what: 'LD_LIBRARY_PATH',
    binary: { interpreter: loader, needed: ['libown.so'] },
    options: { libraryPath: ['/app/lib'] },
  },
  { what: 'a library named with its path', binary: { interpreter: loader, needed: ['/opt/acme/lib/libacme.so'] } },
  {
    what: 'a musl program',
    base: muslBase,
    binary: { interpreter: musl, needed: ['libstdc++.so.6', 'libc.so', 'libm.so.6'] },
  },
  {
    what: 'a glibc program on musl',
    base: muslBase,
    binary: { interpreter: loader, needed: ['libc.so.6'] },
    reasons: [`needs the loader ${loader}, which the run image does not have`],
  },
  {
    what: 'a musl program without a library',
    base: muslBase,
    binary: { interpreter: musl, needed: ['libz.so.1'] },
    reasons: ['needs libz.so.1, which the run image does not have'],
  },
];

test.each(cases)('checkBinary() judges $what', async ({ binary, base = glibcBase, options, reasons }) => {
  const verdict = checkBinary(await elfOf(binary), {
    files: await filesOf(base),
    target: { os: 'linux', arch: 'amd64' },
    path: '/app/bin/program',
    ...options,
  });
  const expected: BinaryVerdict = reasons === undefined ? { fits: true } : { fits: false, reasons };
  expect(verdict).toEqual(expected);
});

test.each([
  { versions: ['GLIBC_2.9', 'GLIBC_2.36', 'GLIBC_PRIVATE', 'GLIBC_2.2.5'], newest: 'GLIBC_2.36' },
  { versions: ['GLIBC_2.2', 'GLIBC_2.2.5'], newest: 'GLIBC_2.2.5' },
  { versions: ['GLIBCXX_3.4'], newest: undefined },
])('newestVersion() of $versions is $newest', ({ versions, newest }) => {
  expect(newestVersion(versions, 'GLIBC')).toBe(newest);
});
