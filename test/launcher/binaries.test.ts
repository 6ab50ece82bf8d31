import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prebuiltFolder, readRecord } from '../../scripts/launcher/record.ts';
import { sourceDigest } from '../../scripts/launcher/toolchain.ts';

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly sizeBytes: number;
  readonly align: number;
}

// https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html
const load = 1;
const interpreter = 3;
const gnuStack = 0x6474e551;
const gnuRelro = 0x6474e552;
const executable = 1;
const writable = 2;

function readSegments(content: Buffer): readonly Segment[] {
  const offset = Number(content.readBigUInt64LE(32));
  return Array.from({ length: content.readUInt16LE(56) }, (_, index) => {
    const at = offset + index * content.readUInt16LE(54);
    return {
      type: content.readUInt32LE(at),
      flags: content.readUInt32LE(at + 4),
      sizeBytes: Number(content.readBigUInt64LE(at + 32)),
      align: Number(content.readBigUInt64LE(at + 48)),
    };
  });
}

const kib = 1024;
const binaries = [
  { platform: 'linux-amd64', machine: 62, pageBytes: 4 * kib, fileLimitBytes: 64 * kib },
  // Content and gap together: kernels with pages of 64 KiB load it too.
  { platform: 'linux-arm64', machine: 183, pageBytes: 64 * kib, fileLimitBytes: 200 * kib },
];

describe.each(binaries)('launcher/prebuilt/$platform', ({ platform, machine, pageBytes, fileLimitBytes }) => {
  const content = readFileSync(join(prebuiltFolder, platform, 'launcher'));
  const segments = readSegments(content);
  const loaded = segments.filter(({ type }) => type === load);
  const find = (type: number): Segment | undefined => segments.find((segment) => segment.type === type);

  test('is a static program that can be loaded anywhere', () => {
    expect(content.readUInt16LE(16)).toBe(3); // ET_DYN
    expect(content.readUInt16LE(18)).toBe(machine);
    expect(find(interpreter)).toBeUndefined();
  });

  test('is small', () => {
    const contentBytes = loaded.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(contentBytes).toBeLessThanOrEqual(64 * kib);
    expect(content.length).toBeLessThanOrEqual(fileLimitBytes);
  });

  test('is aligned for the pages of every kernel', () => {
    expect(loaded.map(({ align }) => align)).toEqual(loaded.map(() => pageBytes));
  });

  test('has no memory that is writable and executable, and read-only relocations', () => {
    const both = executable | writable;
    expect(loaded.filter(({ flags }) => (flags & both) === both)).toEqual([]);
    expect((find(gnuStack)?.flags ?? executable) & executable).toBe(0);
    expect(find(gnuRelro)?.sizeBytes).toBeGreaterThan(0);
  });

  test('is what the record says, built from these sources', () => {
    const record = readRecord();
    expect(record.sources, 'run npm run build:launcher').toBe(sourceDigest());
    expect(record.binaries[platform]).toMatchObject({
      sizeBytes: content.length,
      digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    });
  });
});
