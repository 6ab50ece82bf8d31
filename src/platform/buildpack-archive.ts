import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { loadBuildpack } from '../buildpack/load-buildpack.ts';
import { TsbuildpackError } from '../errors.ts';
import { openVerified } from '../fs/verified-stream.ts';
import { decompressed } from '../layer/decompress.ts';
import { extractTar } from '../layer/extract.ts';
import { readTar } from '../layer/read-tar.ts';
import { parseDigest, type Digest } from '../oci/digest.ts';
import { buildpackageBuildpacks, resolvePackage } from './buildpack-image.ts';
import type { BuildpackTools, FoundBuildpacks } from './buildpack-tools.ts';

const maxContentBytes = 16 * 2 ** 30;

export interface ArchiveOptions {
  /** What the user wrote, for messages. */
  readonly name: string;
  readonly tools: BuildpackTools;
}

/**
 * A buildpack from a tar of its directory, compressed or not, or from a buildpackage file (`.cnb`), whatever its name ends in.
 * Throws BUILDPACK_INVALID, ARCHIVE_INVALID.
 */
export async function archivedBuildpacks(file: string, options: ArchiveOptions): Promise<FoundBuildpacks> {
  const { name, tools } = options;
  if (await isImage(file, name)) {
    const source = await tools.places.source({ kind: 'oci-archive', file });
    return await buildpackageBuildpacks(await resolvePackage(source, tools.platform), name, tools);
  }
  const { report, signal } = tools.surroundings;
  const extracted = await extractedArchive(file, tools);
  const dir = rootIn(extracted);
  const buildpack = await loadBuildpack(dir, { report, signal, fetchedInto: extracted });
  const main = { buildpack, dir };
  return { main, all: [main] };
}

/** An image layout has its mark at the top, a buildpack its descriptor somewhere; whichever comes first decides. */
async function isImage(file: string, name: string): Promise<boolean> {
  const stream = createReadStream(file);
  try {
    for await (const { path } of readTar(decompressed(stream))) {
      const entry = String(path).replace(/^(?:\.?\/)+/, '');
      if (entry === 'oci-layout' || entry === 'manifest.json') return true;
      if (/^(?:[^/]+\/)?buildpack\.toml$/.test(entry)) return false;
    }
    return false;
  } catch (cause) {
    if (!(cause instanceof TsbuildpackError)) throw cause;
    const ending = extname(name) === '' ? 'file' : `${extname(name)} file`;
    throw new TsbuildpackError(
      'BUILDPACK_INVALID',
      `Cannot use "${name}" as a buildpack: this ${ending} is no archive`,
      {
        hint: 'Name a directory, a module (.js, .mjs, .ts, .mts), a tar of a buildpack (.tgz) or a buildpackage (.cnb)',
        cause,
      },
    );
  } finally {
    stream.destroy();
  }
}

/** Extracted once into the store, whatever the file is called. */
export async function extractedArchive(
  file: string,
  { store, surroundings: { signal } }: BuildpackTools,
): Promise<string> {
  const digest = await fileDigest(file);
  const { size: sizeBytes } = statSync(file);
  const fill = (dir: string): Promise<void> =>
    extractTar(openVerified(file, { digest, sizeBytes }), dir, { signal, maxContentBytes });
  return await store.toolchains.ensure(`buildpack-archive-${digest}`, fill, { signal });
}

async function fileDigest(file: string): Promise<Digest> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return parseDigest(`sha256:${hash.digest('hex')}`);
}

/** Many archives have everything in one directory: npm's, and those of source repositories. */
function rootIn(extracted: string): string {
  const entries = readdirSync(extracted, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() === true ? join(extracted, only.name) : extracted;
}
