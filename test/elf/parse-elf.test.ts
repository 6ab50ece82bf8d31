import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ElfFile } from '../../src/elf/elf-file.ts';
import { bytesReader, parseElf } from '../../src/elf/parse-elf.ts';
import { readElf } from '../../src/fs/elf-reader.ts';
import type { ElfParts } from './make-elf.ts';
import { makeElf } from './make-elf.ts';

async function parsed(parts: ElfParts): Promise<ElfFile> {
  const result = await parseElf(bytesReader(makeElf(parts)));
  if (result.result !== 'elf') throw new Error(JSON.stringify(result));
  return result.elf;
}

const everything: ElfParts = {
  type: 3,
  pie: true,
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  needed: ['libm.so.6', 'libc.so.6', '/opt/x/libx.so'],
  rpath: '/a:/b',
  runpath: '$ORIGIN/../lib:',
  needs: [
    { library: 'libm.so.6', versions: ['GLIBC_2.29'] },
    { library: 'libc.so.6', versions: ['GLIBC_2.2.5', 'GLIBC_2.34'], weak: true },
  ],
  defines: ['ACME_1', 'ACME_2'],
};

const layouts = [
  { bits: 64, little: true },
  { bits: 64, little: false },
  { bits: 32, little: true },
  { bits: 32, little: false },
] as const;

describe('parseElf()', () => {
  test.each(layouts)('reads every field of a $bits-bit file, little-endian $little', async (layout) => {
    expect(await parsed({ ...everything, ...layout })).toMatchObject({
      kind: 'pie',
      bits: layout.bits,
      endian: layout.little ? 'little' : 'big',
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      soname: undefined,
      needed: ['libm.so.6', 'libc.so.6', '/opt/x/libx.so'],
      rpath: ['/a', '/b'],
      runpath: ['$ORIGIN/../lib'],
      versionNeeds: [
        { library: 'libm.so.6', version: 'GLIBC_2.29', weak: false },
        { library: 'libc.so.6', version: 'GLIBC_2.2.5', weak: true },
        { library: 'libc.so.6', version: 'GLIBC_2.34', weak: true },
      ],
      versionDefinitions: ['ACME_1', 'ACME_2'],
    });
  });

  test.each([
    { name: 'static', parts: { type: 2 }, kind: 'executable' },
    { name: 'a relocatable object', parts: { type: 1 }, kind: 'relocatable' },
    { name: 'a core dump', parts: { type: 4 }, kind: 'core' },
    { name: 'an unknown type', parts: { type: 0xfe00 }, kind: 'other' },
    { name: 'static-pie', parts: { type: 3, pie: true }, kind: 'static-pie' },
    { name: 'a library', parts: { type: 3, soname: 'libx.so.1' }, kind: 'shared-library' },
    { name: 'an old pie without DF_1_PIE', parts: { type: 3, interpreter: '/ld', needed: ['c'] }, kind: 'pie' },
    { name: 'libc.so.6', parts: { type: 3, interpreter: '/ld', soname: 'libc.so.6' }, kind: 'shared-library' },
  ])('tells $name', async ({ parts, kind }) => {
    expect((await parsed(parts)).kind).toBe(kind);
  });

  test.each([
    { machine: 62, bits: 64, little: true, arch: 'amd64' },
    { machine: 62, bits: 32, little: true, arch: 'amd64p32' },
    { machine: 183, bits: 64, little: true, arch: 'arm64' },
    { machine: 40, bits: 32, little: true, arch: 'arm' },
    { machine: 3, bits: 32, little: true, arch: '386' },
    { machine: 21, bits: 64, little: true, arch: 'ppc64le' },
    { machine: 21, bits: 64, little: false, arch: 'ppc64' },
    { machine: 22, bits: 64, little: false, arch: 's390x' },
    { machine: 243, bits: 64, little: true, arch: 'riscv64' },
    { machine: 8, bits: 64, little: true, arch: 'mips64le' },
    { machine: 8, bits: 32, little: false, arch: 'mips' },
    { machine: 258, bits: 64, little: true, arch: 'loong64' },
    { machine: 4711, bits: 64, little: true, arch: undefined },
  ] as const)('calls machine $machine of $bits bits $arch', async ({ arch, ...parts }) => {
    expect((await parsed(parts)).arch).toBe(arch);
  });

  test.each([
    { name: 'nothing', bytes: new Uint8Array(0) },
    { name: 'a script', bytes: Buffer.from('#!/bin/sh\n') },
    { name: 'three bytes of the magic', bytes: Buffer.from('\u007fEL') },
  ])('takes $name for no ELF file', async ({ bytes }) => {
    expect(await parseElf(bytesReader(bytes))).toEqual({ result: 'not-elf' });
  });

  test.each([
    { name: 'a cut header', bytes: makeElf().subarray(0, 30), reason: 'its header ends behind the end of the file' },
    {
      name: 'a file cut before its names',
      bytes: makeElf(everything).subarray(0, 300),
      reason: 'the path of its loader has no end',
    },
    { name: 'a class that is none', bytes: changed(makeElf(), 4, 7), reason: 'its class is 7, neither 32 nor 64 bits' },
    { name: 'a byte order that is none', bytes: changed(makeElf(), 5, 0), reason: /its byte order is 0/ },
    { name: 'headers of another length', bytes: changed(makeElf(), 54, 1), reason: /program headers are 1 bytes long/ },
    { name: 'too many headers', bytes: changed(makeElf(), 57, 0xff), reason: /more than Linux takes/ },
    {
      name: 'headers far outside',
      bytes: changed(makeElf(), 39, 0x7f),
      reason: 'it holds an impossible offset or size',
    },
  ])('calls $name broken and says why', async ({ bytes, reason }) => {
    const result = await parseElf(bytesReader(bytes));
    expect(result).toMatchObject({ result: 'broken', reason: expect.stringMatching(reason) });
  });

  test('reads a loader of the longest path, and refuses one without end', async () => {
    expect((await parsed({ interpreter: `/${'l'.repeat(4094)}` })).interpreter).toHaveLength(4095);
    const result = await parseElf(bytesReader(makeElf({ interpreter: `/${'l'.repeat(4095)}` })));
    expect(result).toEqual({ result: 'broken', reason: 'the path of its loader has no end' });
  });

  // Tests run on Linux: see CONTRIBUTING.md.
  test('reads the Node.js that runs this test', async () => {
    const words: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
    expect(await readElf(process.execPath)).toMatchObject({
      result: 'elf',
      elf: { arch: words[process.arch], bits: 64, osAbi: expect.any(Number) },
    });
  });
});

const outcomes = ['elf', 'not-elf', 'broken'];

describe('parseElf() against hostile files', () => {
  const reads = { bytes: 0 };
  const counted = (bytes: Uint8Array) => {
    reads.bytes = 0;
    return (offset: number, length: number): Promise<Uint8Array> => {
      const part = bytes.subarray(offset, offset + length);
      reads.bytes += part.length;
      return Promise.resolve(part);
    };
  };
  test('gives a value for any bytes behind an ELF identification', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        async (rest, size, order) => {
          const bytes = Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, size, order]), rest]);
          expect(outcomes).toContain((await parseElf(counted(bytes))).result);
          expect(reads.bytes).toBeLessThanOrEqual(16 << 20);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('gives a value for a good file with any bytes changed and any length', async () => {
    const good = layouts.map((layout) => makeElf({ ...everything, ...layout }));
    const change = fc.record({ at: fc.nat(), value: fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff) });
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.array(change, { maxLength: 12 }), fc.nat(), async (which, changes, cut) => {
        const bytes = Uint8Array.from(good[which]!);
        for (const { at, value } of changes) bytes[interesting(at, bytes.length)] = value;
        expect(outcomes).toContain(
          (await parseElf(counted(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes))).result,
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('gives a value when versions point back into themselves by wrapping around', async () => {
    const bytes = makeElf(everything);
    // 64-bit values near the end of the address range in the dynamic section and 32-bit distances of -16.
    for (let at = 8192; at + 4 <= bytes.length; at += 4) {
      const hostile = Uint8Array.from(bytes);
      new DataView(hostile.buffer).setInt32(at, -16, true);
      expect(outcomes).toContain((await parseElf(counted(hostile))).result);
    }
  });

  test('stops at a file that spreads its names over gigabytes', async () => {
    const count = 2000;
    const bytes = Uint8Array.from(makeElf({ needed: Array.from({ length: count }, () => 'x') }));
    const view = new DataView(bytes.buffer);
    const table = bytes.length - 16 * (count + 2);
    for (let index = 0; index < count; index += 1)
      view.setBigUint64(table + 16 * index + 8, BigInt(index) << 20n, true);
    let blocks = 0;
    const read = (offset: number, length: number): Promise<Uint8Array> => {
      blocks += 1;
      return Promise.resolve(offset < bytes.length ? bytes.subarray(offset, offset + length) : new Uint8Array(length));
    };
    expect(await parseElf(read)).toEqual({
      result: 'broken',
      reason: 'it spreads what the loader needs over too many places',
    });
    expect(blocks).toBeLessThan(1100);
  });
});

/** Half of the changes go to headers and to the tables behind the 8 KiB of names. */
function interesting(at: number, length: number): number {
  const small = at % 300;
  const headers = small < 220 ? small : 8192 + small;
  return (at % 2 === 0 ? headers : at) % length;
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
}
