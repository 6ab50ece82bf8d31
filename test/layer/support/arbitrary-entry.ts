import fc from 'fast-check';
import { bytePath } from '../../../src/fs/byte-path.ts';
import type { TarEntry } from '../../../src/layer/tar-entry.ts';

const segmentBytes = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z0-9._@+ -]{1,60}$/).map((text) => Buffer.from(text)) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 90, max: 255 }).map((length) => Buffer.alloc(length, 'n')) },
);

/** A name that a file system takes: no slash, no zero byte. */
export const arbitraryName: fc.Arbitrary<Buffer> = segmentBytes
  .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0 && byte !== 0x2f)))
  .filter((bytes) => bytes.length > 0 && bytes.length <= 255 && !['.', '..'].includes(bytes.toString('latin1')));

const arbitraryPath = fc
  .record({ absolute: fc.boolean(), names: fc.array(arbitraryName, { minLength: 1, maxLength: 9 }) })
  .map(({ absolute, names }) => {
    const path = Buffer.from(names.map((name) => name.toString('latin1')).join('/'), 'latin1');
    return bytePath(absolute ? Buffer.concat([Buffer.from('/'), path]) : path);
  });

const size = fc.oneof(
  fc.nat(5000),
  fc.constantFrom(0, 511, 512, 8 ** 11 - 1, 8 ** 11, 8 ** 11 + 1),
  fc.integer({ min: 0, max: 2 ** 50 }),
);
const id = fc.oneof(fc.nat(70_000), fc.constantFrom(8 ** 7 - 1, 8 ** 7), fc.integer({ min: 0, max: 2 ** 32 - 2 }));
const mtime = fc.oneof(fc.constantFrom(0, 8 ** 11 - 1, 8 ** 11), fc.integer({ min: 0, max: 2 ** 36 }));

/** Entries that Go's writer accepts, chosen to meet every limit of the format. */
export const arbitraryEntry: fc.Arbitrary<TarEntry> = fc
  .record(
    {
      path: arbitraryPath,
      type: fc.constantFrom('file', 'hardlink', 'symlink', 'character-device', 'block-device', 'directory', 'fifo'),
      mode: fc.nat(0o7777),
      uid: id,
      gid: id,
      sizeBytes: size,
      target: arbitraryPath,
      deviceMajor: fc.nat(0xfffff),
      deviceMinor: fc.nat(0xfffff),
      mtimeSeconds: mtime,
      slash: fc.boolean(),
    },
    { requiredKeys: ['path', 'type', 'mode', 'uid', 'gid', 'sizeBytes', 'target', 'slash'] },
  )
  .map(({ target, slash, path, deviceMajor, deviceMinor, ...entry }): TarEntry => {
    const isDevice = entry.type === 'character-device' || entry.type === 'block-device';
    const isLink = entry.type === 'symlink' || entry.type === 'hardlink';
    return {
      ...entry,
      path: entry.type === 'directory' && slash && typeof path === 'string' ? `${path}/` : path,
      sizeBytes: entry.type === 'file' ? entry.sizeBytes : 0,
      ...(isLink && { linkTarget: target }),
      ...(isDevice && { deviceMajor: deviceMajor ?? 1, deviceMinor: deviceMinor ?? 3 }),
    };
  });
