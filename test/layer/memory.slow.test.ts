import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, linkSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { buildLayerWorker } from '../../scripts/build/layer-worker.ts';
import { repositoryRoot } from '../../scripts/repository-root.ts';
import { listEntries } from '../../src/layer/list-entries.ts';

// TSBUILDPACK_TEST_FULL=1: 5 GB and 1,000,000 files, which take some minutes and 10 GB of disk.
const isFull = process.env['TSBUILDPACK_TEST_FULL'] === '1';
const fileMegabytes = isFull ? 5000 : 500;
const fileCount = isFull ? 1_000_000 : 100_000;
const limitMb = 300;

const outdir = join(repositoryRoot, 'node_modules', '.cache', 'tsbuildpack', 'test');
const program = join(outdir, 'pack-program.js');

beforeAll(async () => {
  await buildLayerWorker();
  const entryPoints = [join(import.meta.dirname, 'support/pack-program.ts')];
  await build({ entryPoints, outdir, bundle: true, format: 'esm', platform: 'node', target: 'node20' });
});

function pack(dir: string, out: string): { file: string; sizeBytes: number; maxRssMb: number } {
  return JSON.parse(execFileSync(process.execPath, [program, dir, out], { encoding: 'utf8' })) as ReturnType<
    typeof pack
  >;
}

/** Bytes that do not compress, and differ from block to block; gives their digest. */
function writeNoise(path: string, megabytes: number): string {
  const block = randomBytes(1 << 20);
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  for (let count = 0; count < megabytes; count += 1) {
    block.writeUInt32LE(count, (count * 4) % block.length);
    writeSync(file, block);
    hash.update(block);
  }
  closeSync(file);
  return `sha256:${hash.digest('hex')}`;
}

test(`a file of ${fileMegabytes} MB that does not compress is packed within ${limitMb} MB of memory`, async () => {
  const root = temporaryDirectory('memory');
  mkdirSync(join(root, 'app'));
  const digest = writeNoise(join(root, 'app/noise'), fileMegabytes);
  const { file, sizeBytes, maxRssMb } = pack(join(root, 'app'), join(root, 'out'));
  expect(maxRssMb).toBeLessThan(limitMb);
  expect(sizeBytes / 2 ** 20).toBeGreaterThan(0.99 * fileMegabytes);
  const digests = [];
  for await (const entry of listEntries(async () => createReadStream(file))) digests.push(entry.sha256);
  expect(digests).toEqual([undefined, digest]);
  rmSync(root, { recursive: true });
});

test(`${fileCount} small files are packed within ${limitMb} MB of memory`, async () => {
  const root = temporaryDirectory('memory');
  const perDirectory = 1000;
  for (let at = 0; at < fileCount; at += perDirectory) {
    const dir = join(root, 'app', `directory-${at}`);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'file-0.js'), `content of ${at}`);
    // Links to one file are files like others to who packs them, and quicker made.
    for (let index = 1; index < perDirectory; index += 1)
      linkSync(join(dir, 'file-0.js'), join(dir, `file-${index}.js`));
  }
  const { file, maxRssMb } = pack(join(root, 'app'), join(root, 'out'));
  expect(maxRssMb).toBeLessThan(limitMb);
  let count = 0;
  for await (const { type } of listEntries(async () => createReadStream(file))) if (type === 'file') count += 1;
  expect(count).toBe(fileCount);
  rmSync(root, { recursive: true });
});
