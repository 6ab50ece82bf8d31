import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TsbuildpackError } from '../../src/errors.ts';
import { extractTar } from '../../src/layer/extract.ts';
import { sharedDirectory } from '../temporary-directory.ts';
import { directory, file, link, special, streamOf, tarOf } from './support/hostile-tar.ts';

const root = sharedDirectory('fuzz');

/** Few names, so that entries meet; with everything that leads out. */
const arbitraryPath = fc
  .array(fc.constantFrom('a', 'b', 'c', '..', '.', '', '.wh.a', '.wh..wh..opq'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));
const arbitraryTarget = fc.oneof(
  arbitraryPath,
  arbitraryPath.map((path) => `/${path}`),
  fc.constantFrom('../outside', '../../outside', `${root}/outside`, `${root}/outside/kept`, '/', '..'),
);
const arbitraryEntries = fc.array(
  fc.oneof(
    arbitraryPath.filter((path) => !path.endsWith('/')).map((path) => file(path)),
    fc.tuple(arbitraryPath, fc.nat(0o7777)).map(([path, mode]) => directory(path, mode)),
    fc.tuple(arbitraryPath, arbitraryTarget).map(([path, target]) => link('symlink', path, target)),
    fc.tuple(arbitraryPath, arbitraryTarget).map(([path, target]) => link('hardlink', path, target)),
    arbitraryPath.map((path) => special('fifo', path)),
  ),
  { minLength: 1, maxLength: 12 },
);

/** Extracts beside a directory that has to stay as it is; only our own errors may come out. */
async function extractBeside(bytes: Buffer, whiteouts: boolean): Promise<void> {
  const outside = join(root, 'outside');
  const dir = join(root, 'dir');
  mkdirSync(outside);
  mkdirSync(dir);
  writeFileSync(join(outside, 'kept'), 'kept');
  const before = statSync(join(outside, 'kept'));
  const outcome = await extractTar(streamOf(bytes, 700), dir, { whiteouts }).then(
    () => 'extracted',
    (error: unknown) => (error instanceof TsbuildpackError ? error.code : error),
  );
  expect(['extracted', 'ARCHIVE_INVALID']).toContain(outcome);
  expect(readdirSync(root).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['dir', 'outside']);
  expect(readdirSync(outside)).toEqual(['kept']);
  expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('kept');
  expect(statSync(join(outside, 'kept'))).toMatchObject({ ctimeMs: before.ctimeMs, nlink: 1 });
  rmSync(outside, { recursive: true });
  rmSync(dir, { recursive: true });
}

test('extractTar() changes nothing outside, whatever names and links an archive combines', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryEntries, fc.boolean(), (entries, whiteouts) => extractBeside(tarOf(entries), whiteouts)),
    { numRuns: 150 },
  );
  expect(readdirSync(root)).toEqual([]);
});

test('extractTar() ends with an archive or with an error of its own, whatever bytes are damaged', async () => {
  const tar = tarOf([
    directory('d'),
    file('d/a', 'a'.repeat(3000)),
    link('symlink', 's', 'd'),
    file('n'.repeat(150), 'x'),
  ]);
  const damage = fc.array(fc.tuple(fc.nat(tar.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(damage, fc.boolean(), async (changes, isCompressed) => {
      const bytes = isCompressed ? gzipSync(tar) : Buffer.from(tar);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      await extractBeside(bytes, true);
    }),
    { numRuns: 150 },
  );
  expect(readdirSync(root)).toEqual([]);
});
